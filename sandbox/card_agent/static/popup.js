// One request per popup: ask the opener what to do, do it, answer, close (PROTOCOLS §1.4).
"use strict";

const LOCAL_ERROR = 0x7600000d;
const status = document.getElementById("status");
let busy = false;

async function ask(text, origin) {
  let func = "";
  try {
    func = JSON.parse(text).func;
  } catch {
    // The component itself says what is wrong with the text.
  }
  const headers = { "X-Opener-Origin": origin };
  if (func === "GetUserCert" || func === "CheckEnvir") {
    const query = func === "GetUserCert" ? "?withcert=true" : "";
    return fetch("/pkcs11info" + query, { method: "POST", headers });
  }
  headers["Content-Type"] = "application/x-www-form-urlencoded";
  return fetch("/sign", { method: "POST", headers, body: "tbsPackage=" + text.replace(/\+/g, "%2B") });
}

async function serve(event) {
  if (busy || event.source !== window.opener || typeof event.data !== "string") return;
  busy = true;
  status.textContent = "處理中，請勿抽出卡片…";
  let answer;
  try {
    const response = await ask(event.data, event.origin);
    if (!response.ok) throw new Error(String(response.status));
    answer = await response.text();
  } catch {
    answer = JSON.stringify({ func: "sign", ret_code: LOCAL_ERROR, last_error: 0, message: "執行檔錯誤或逾時" });
  }
  window.opener.postMessage(answer, event.origin);
  window.close();
}

if (window.opener) {
  window.addEventListener("message", serve);
  // The opener's origin is not known yet, and this line tells nothing.
  window.opener.postMessage(JSON.stringify({ func: "getTbs" }), "*");
} else {
  status.textContent = "這個視窗由網站開啟，請回到您要簽章的網站。";
}
