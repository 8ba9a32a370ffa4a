// Client of the card component (HiPKI LocalSignServer): popup and postMessage, one request a popup.
//
// A form asks for it with data-card:
//   data-card="pkcs7"        sign data-tbs (base64) with a PKCS#7 answer; data-nonce becomes a signed attribute
//   data-card="pkcs1"        sign data-tbs (base64), bare RSA signature
//   data-card="certificate"  read the signing certificate, no PIN (first half of signing a contract)
// and gets its hidden inputs filled before it is submitted: signature, certificate, card_sn, reader.
// Which of several readers: the select [data-card-reader], or data-reader from the page before.
// The PIN goes from its field to the component on this computer and is cleared; the field has no name, so no form can carry it.
// All words are in <template data-card-sentences>, one element per data-code.

const INSTALL_HINT_MS = 3500;
const GIVE_UP_MS = 10000;
const ANSWER_MS = 180000;
const CLOSED_GRACE_MS = 1500;
const POPUP = "height=200,width=200,left=100,top=20";

const RETURN_CODES = {
  0x76000006: "no_card",
  0x76000998: "pin_missing",
  0x76000999: "cancelled",
  0x76000031: "untrusted",
  0x7600000f: "untrusted",
  0x7600000d: "timeout",
  0x7600000e: "old_component",
  0x76100003: "no_reader",
  0x7610000c: "no_certificate",
  0x76500001: "not_yet_valid",
  0x76500002: "expired",
  0x83000100: "wrong_card",
  0x83000101: "wrong_card_person",
  0x83000103: "wrong_card_agency",
  0x83000104: "wrong_card_group",
  0x83000105: "pin_length",
};
const LOGIN_FAILED = 0x76100006;
const LOGIN_ERRORS = {
  160: "pin_wrong",
  162: "pin_length",
  164: "pin_locked",
  "-2147483646": "pin_wrong_two_left",
  "-2147483647": "pin_wrong_one_left",
};

/** The name of the sentence for an answer that is not ret_code 0. Codes come signed or unsigned. */
function codeOf(answer) {
  const code = Number(answer.ret_code) >>> 0;
  if (code === LOGIN_FAILED) return LOGIN_ERRORS[Number(answer.last_error) | 0] ?? "pin_wrong";
  if (code in RETURN_CODES) return RETURN_CODES[code];
  if (code >>> 8 === 0x761000) return "reader_trouble";
  return "unknown";
}

class CardError extends Error {
  constructor(code, detail = "") {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}

/** Send one request through a popup. Call inside a user gesture. Resolves to the component's answer. */
function ask(origin, request, { path = "/popupForm", onSlow = () => {} } = {}) {
  const popup = window.open(origin + path, "card_component", POPUP);
  if (!popup) return Promise.reject(new CardError("popup_blocked"));
  return new Promise((resolve, reject) => {
    let answered = false;
    let asked = request === null;
    let closedAt = 0;
    const timers = [
      setTimeout(() => { if (!asked) onSlow(); }, INSTALL_HINT_MS),
      setTimeout(() => { if (!asked) fail("not_installed"); }, GIVE_UP_MS),
      setTimeout(() => fail("timeout"), ANSWER_MS),
    ];
    const watch = setInterval(() => {
      if (!popup.closed) return;
      closedAt ||= Date.now();
      if (Date.now() - closedAt > CLOSED_GRACE_MS) fail(asked ? "cancelled" : "not_installed");
    }, 250);
    const finish = () => {
      answered = true;
      timers.forEach(clearTimeout);
      clearInterval(watch);
      removeEventListener("message", hear);
      if (!popup.closed) popup.close();
    };
    const fail = (code, detail) => {
      if (answered) return;
      finish();
      reject(new CardError(code, detail));
    };
    const hear = (event) => {
      if (event.origin !== origin || (event.source && event.source !== popup)) return;
      let answer;
      try {
        answer = JSON.parse(event.data);
      } catch {
        fail("bad_answer");
        return;
      }
      if (answer.func === "getTbs") {
        if (asked) return; // one request a popup, even when it is reloaded
        asked = true;
        popup.postMessage(JSON.stringify(request), origin);
        return;
      }
      if (answer.ret_code === undefined) return;
      finish();
      resolve(answer);
    };
    addEventListener("message", hear);
  });
}

/** Readers that hold a readable card. */
const cardsIn = (answer) => (answer.slots ?? []).filter((slot) => slot.token && typeof slot.token === "object");

/** The signing certificate of a card: by usage, never by position. */
const signingCertificate = (slot) =>
  (slot.token.certs ?? []).find((cert) => (cert.usage ?? "").split("|").includes("digitalSignature"));

class CardForm {
  constructor(form) {
    this.form = form;
    this.mode = form.dataset.card;
    this.origin = form.dataset.componentOrigin;
    this.button = form.querySelector("[data-card-submit]");
    this.pin = form.querySelector("[data-card-pin]");
    this.readers = form.querySelector("[data-card-reader]");
    this.summary = form.querySelector("[data-card-error]");
    this.status = form.querySelector("[data-card-status]");
    this.sentences = form.querySelector("template[data-card-sentences]");
    this.cards = null;
    this.button.disabled = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.act(() => this.submit());
    });
    form.querySelector("[data-card-check]")?.addEventListener("click", () => this.act(() => this.check()));
    this.summary.addEventListener("click", (event) => {
      if (event.target.closest("[data-card-trust]")) this.act(() => this.trust());
    });
    if ("cardProbe" in form.dataset) this.probe();
  }

  /** Run one act at a time, with the button busy and its error shown. */
  async act(work) {
    if (this.button.ariaBusy === "true") return;
    this.button.ariaBusy = "true";
    this.summary.hidden = true;
    try {
      await work();
    } catch (error) {
      this.show(error instanceof CardError ? error : new CardError("unknown", String(error)));
    } finally {
      if (!this.leaving) this.button.ariaBusy = "false";
      if (this.pin) this.pin.value = "";
    }
  }

  get reader() {
    return this.readers?.value || this.form.dataset.reader || "";
  }

  ask(request, options = {}) {
    this.tell("working");
    return ask(this.origin, request, { onSlow: () => this.tell("slow"), ...options });
  }

  async submit() {
    if (this.mode === "certificate") return this.sendCertificate();
    const pin = this.takePin();
    const answer = await this.ask({
      func: "MakeSignature",
      tbs: this.form.dataset.tbs,
      tbsEncoding: "base64",
      hashAlgorithm: "SHA256",
      pin,
      signatureType: this.mode === "pkcs7" ? "PKCS7" : "PKCS1",
      nonce: this.form.dataset.nonce ?? "",
      withCardSN: "true",
      checkValidity: "true",
      ...(this.reader ? { slotDescription: this.reader } : {}),
    });
    this.refuse(answer);
    const { signature, certb64, cardSN } = { ...answer, ...(answer.data ?? {}) };
    if (!signature) throw new CardError("bad_answer");
    this.send({ signature, certificate: certb64 ?? "", card_sn: cardSN ?? "", reader: this.reader });
  }

  /** First half of signing a contract. With several cards in, the person chooses one and presses again; no second popup. */
  async sendCertificate() {
    if (!this.cards) {
      const answer = await this.ask({ func: "GetUserCert", ...(this.reader ? { slotDescription: this.reader } : {}) });
      this.refuse(answer);
      this.cards = cardsIn(answer);
      if (!this.cards.length) {
        this.cards = null;
        throw new CardError((answer.slots ?? []).length ? "no_card" : "no_reader");
      }
      if (this.cards.length > 1 && !this.reader) {
        this.offer(this.cards);
        throw new CardError("choose_reader");
      }
    }
    const chosen = this.cards.find((slot) => slot.slotDescription === this.reader) ?? this.cards[0];
    const certificate = signingCertificate(chosen);
    this.cards = null;
    if (!certificate) throw new CardError("no_certificate");
    this.send({
      certificate: certificate.certb64,
      card_sn: chosen.token.serialNumber ?? "",
      reader: chosen.slotDescription,
      signature: "",
    });
  }

  /** Ask which readers and cards there are; fills the choice of readers. */
  async check() {
    const answer = await this.ask({ func: "CheckEnvir" });
    this.refuse(answer);
    this.report(answer);
  }

  report(answer) {
    const cards = cardsIn(answer);
    this.offer(cards);
    if (!(answer.slots ?? []).length) this.tell("status_no_reader");
    else this.tell(cards.length ? "status_ready" : "status_no_card");
  }

  /** Ask the component to trust this site, then the person presses again. */
  async trust() {
    const answer = await this.ask(null, { path: `/addDomain?domain=${encodeURIComponent(location.hostname)}` });
    this.refuse(answer);
    this.tell("trusted");
    this.button.focus();
  }

  takePin() {
    const pin = this.pin.value;
    this.pin.value = "";
    if (!pin) throw new CardError("pin_missing");
    if (pin.length < 6 || pin.length > 8) throw new CardError("pin_length");
    return pin;
  }

  refuse(answer) {
    if (Number(answer.ret_code) === 0) return;
    const detail = `0x${(Number(answer.ret_code) >>> 0).toString(16).padStart(8, "0")}`;
    throw new CardError(codeOf(answer), detail);
  }

  offer(cards) {
    const row = this.form.querySelector("[data-card-readers]");
    if (!row || !this.readers) return;
    this.readers.replaceChildren(
      ...cards.map((slot) => {
        const name = signingCertificate(slot)?.subjectDN?.match(/(?:^|,)\s*O=([^,]+)/)?.[1];
        return new Option(name ? `${name}（${slot.slotDescription}）` : slot.slotDescription, slot.slotDescription);
      }),
    );
    row.hidden = cards.length < 2;
  }

  send(values) {
    for (const [name, value] of Object.entries(values)) {
      const input = this.form.elements.namedItem(name);
      if (input) input.value = value;
    }
    if (this.pin) this.pin.value = "";
    this.tell("sending");
    this.leaving = true;
    this.form.submit();
  }

  sentence(code) {
    return this.sentences.content.querySelector(`[data-code="${code}"]`);
  }

  tell(code) {
    this.status.textContent = this.sentence(code)?.textContent.trim() ?? "";
  }

  show({ code, detail }) {
    const sentence = this.sentence(code) ?? this.sentence("unknown");
    const body = this.summary.querySelector("[data-card-error-body]");
    body.replaceChildren(...[...sentence.cloneNode(true).childNodes]);
    const slot = body.querySelector("[data-detail]");
    if (slot) slot.textContent = detail || code;
    this.status.textContent = "";
    this.summary.dataset.code = code;
    this.summary.hidden = false;
    this.summary.focus();
  }

  /** Optional status: the component hides its answer in a bitmap, bytes in the order B, G, R, up to the first zero. */
  probe() {
    const image = new Image();
    image.crossOrigin = "anonymous";
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = image.width;
      canvas.height = 1;
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      try {
        const { data } = context.getImageData(0, 0, image.width, 1);
        const bytes = [];
        for (let at = 0; at < data.length && data[at + 2] !== 0; at += 4) bytes.push(data[at + 2], data[at + 1], data[at]);
        const text = new TextDecoder().decode(new Uint8Array(bytes)).replace(/\0+$/, "");
        if (text) this.report(JSON.parse(text));
      } catch {
        // the status is a courtesy; signing works without it
      }
    };
    image.src = `${this.origin}/p11Image.bmp?_=${Date.now()}`;
  }
}

document.querySelectorAll("form[data-card]").forEach((form) => new CardForm(form));
