"""Why a contract can't be signed, and why a file can't be verified, in words (R-20)."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

REFUSED: Final[dict[str, Any]] = {
    "certificate": _("讀不到有效的憑證資料；請重新插入卡片後再試。"),
    "key": _("這張憑證的金鑰種類無法用於簽署契約；請改用工商憑證。"),
    "not_signable": _("契約檔案無法簽署，可能已損壞；請回到上一步重新產生契約。"),
    "incomplete": _("待簽署的資料不完整；請回到上一步重新產生契約。"),
    "altered": _("待簽署的契約檔案在產生後遭到更動，為保障您的權益已停止簽署；請回到上一步重新產生契約。"),
    "not_as_prepared": _("待簽署的契約檔案與簽署資料不符，已停止簽署；請回到上一步重新產生契約。"),
    "other_card": _("卡片的簽章與這份契約不符；請確認使用同一張工商憑證，並重新簽署。"),
    "not_embedded": _("簽章無法寫入契約檔案；請回到上一步重新產生契約。"),
    "unreadable": _("契約檔案無法讀取，可能已損壞。"),
    "signed_already": _("貴公司已簽署這份契約，不必重複簽署。"),
    "revoked": _("憑證已被廢止，簽章無效，契約沒有簽成。請向工商憑證管理中心重新申請憑證後再簽署。"),
    "proof_not_embedded": _("簽章的證明無法寫入契約檔案；請回到上一步重新產生契約。"),
    "time_stamp_silent": _(
        "卡片已簽署，但時戳服務暫時沒有回應，契約尚未完成。請稍候再簽署一次，訂單內容都已保留。"
    ),
    "revocation_silent": _(
        "卡片已簽署，但憑證狀態查詢服務暫時沒有回應，契約尚未完成。請稍候再簽署一次，訂單內容都已保留。"
    ),
}
PROBLEMS: Final[dict[str, Any]] = {
    "too_large": _("檔案過大，無法驗證。"),
    "no_pdf": _("這不是可讀取的 PDF 檔案。"),
    "too_many": _("檔案中的簽章過多，不是平台產生的契約。"),
    "unsigned": _("檔案中沒有數位簽章。"),
}
