// Answers the page that asked to be trusted; it learns only whether it is (PROTOCOLS §1.2).
"use strict";

const CANCELLED = 0x76000999;

function finish(answer) {
  if (window.opener) window.opener.postMessage(JSON.stringify(answer), "*");
  window.close();
}

document.getElementById("trust")?.addEventListener("click", async (event) => {
  const body = new URLSearchParams({ domain: event.currentTarget.dataset.host });
  const response = await fetch("/addDomain", { method: "POST", body });
  finish(await response.json());
});
document.getElementById("refuse")?.addEventListener("click", () => {
  finish({ func: "addDomain", ret_code: CANCELLED, last_error: 0, message: "使用者取消" });
});
