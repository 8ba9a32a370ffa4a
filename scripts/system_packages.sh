#!/usr/bin/env bash
# Chromium and Noto CJK fonts for the browser tests, pdftotext to read contracts, qpdf to check them: installed from the system's packages when missing.
set -euo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
command -v pdftotext >/dev/null || missing+=(poppler-utils)
command -v qpdf >/dev/null || missing+=(qpdf)
if ! command -v fc-list >/dev/null; then
    missing+=(fontconfig fonts-noto-cjk)
elif ! grep -qi "noto.*cjk" <<<"$(fc-list)"; then # not a pipe: grep -q would end it early, and pipefail call that a failure
    missing+=(fonts-noto-cjk)
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "測試需要 ${missing[*]}；這台機器沒有 apt-get，請用系統的套件工具安裝後再執行。" >&2
    echo "The tests need ${missing[*]}; there is no apt-get here: install them with your system's tool." >&2
    exit 1
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "測試需要 ${missing[*]}；請以管理者身分執行 apt-get install ${missing[*]}，再試一次。" >&2
        echo "The tests need ${missing[*]}; install them as root and try again." >&2
        exit 1
    fi
    sudo=(sudo)
fi
echo "安裝 ${missing[*]}… installing"
"${sudo[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
