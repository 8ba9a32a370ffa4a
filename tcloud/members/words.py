"""Why a card is not accepted, or could not be read, in words: in the language now active, for its holder (R-09, R-10)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.adapters.card.port import Detail, Reason
from tcloud.core import clock
from tcloud.core.deadlines import english, moment_words

SENTENCES: Final[dict[str, Any]] = {
    "encryption_certificate": gettext_lazy(
        "這是加密用憑證，不能用於登入或簽章；請選擇卡片上的「簽章」憑證。"
    ),
    "no_signature_usage": gettext_lazy("這張憑證的用途不含數位簽章；請改用工商憑證 IC 卡上的簽章憑證。"),
    "policy_missing": gettext_lazy(
        "這張憑證不符合所要求的憑證政策（保證等級第 3 級）；請使用經濟部核發的工商憑證正卡。"
    ),
    "expired": gettext_lazy("憑證已於 %(when)s 到期；請向工商憑證管理中心申請展期或換發後再試。"),
    "not_yet_valid": gettext_lazy("憑證自 %(when)s 起才生效；請於生效後再試，並確認電腦時間正確。"),
    "ca_not_valid": gettext_lazy("簽發機關的憑證（%(name)s）於此時不在有效期間內；請與客服聯繫。"),
    "chain": gettext_lazy(
        "無法確認這張憑證由政府憑證機關簽發；請確認插入的是經濟部工商憑證，若仍失敗請與客服聯繫。"
    ),
    "unknown_extension": gettext_lazy("憑證含有本平台無法解讀的關鍵欄位（%(name)s）；請與客服聯繫。"),
    "weak_digest": gettext_lazy(
        "憑證（%(certificate)s）使用了已不安全的雜湊演算法（%(name)s）；請更新憑證元件或換發新卡後再試。"
    ),
    "weak_key": gettext_lazy(
        "憑證（%(certificate)s）的金鑰長度不足（%(name)s 位元）；請換發新的工商憑證後再試。"
    ),
    "secondary_card": gettext_lazy("這是附卡；本平台僅接受工商憑證正卡，請改用正卡。"),
    "revoked": gettext_lazy("這張憑證已於 %(when)s 廢止；請向工商憑證管理中心申請新的憑證。"),
    "ca_revoked": gettext_lazy("簽發機關的憑證（%(name)s）已廢止；請與客服聯繫。"),
    "revocation_unknown": gettext_lazy(
        "目前無法向憑證機關查證這張憑證是否已廢止，因此暫時不能接受；請稍後再試，您已填寫的資料不會遺失。"
    ),
    "ubn_missing": gettext_lazy("憑證上沒有統一編號；請使用公司或商業的工商憑證。"),
    "ubn_mismatch": gettext_lazy(
        "憑證上的兩處統一編號不一致（%(numbers)s）；請向工商憑證管理中心反映並換發。"
    ),
    "ubn_checksum": gettext_lazy(
        "憑證上的統一編號（%(number)s）不符檢查規則；請向工商憑證管理中心反映並換發。"
    ),
    "nonce_mismatch": gettext_lazy(
        "簽章中的驗證碼與本次發出的不同，可能是先前的簽章；請回到上一步重新驗證。"
    ),
    "content_mismatch": gettext_lazy("簽章的內容與本平台要求簽署的內容不同；請回到上一步重新簽署。"),
    "content_missing": gettext_lazy("簽章訊息未附原文，無法比對；請提供原文後再試。"),
    "signature_invalid": gettext_lazy("簽章驗證不符，內容可能在傳送途中被更動；請重新簽署。"),
    "multiple_signers": gettext_lazy("簽章訊息含有多位簽署人，無法確定是哪一張卡片；請只用一張卡片簽署。"),
    "not_moeaca_company": gettext_lazy("這不是公司或商業的工商憑證（%(holder)s）；請改插貴公司的工商憑證。"),
    "not_a_certificate": gettext_lazy("讀不到有效的憑證資料；請重新插入卡片後再試。"),
    "not_cms": gettext_lazy("這不是有效的簽章資料（PKCS#7）；請重新以卡片簽署後再試。"),
    "no_certificate": gettext_lazy("簽章資料未附簽署者的憑證；請更新憑證元件後重新簽署。"),
    "unknown_digest": gettext_lazy("不支援的雜湊演算法：%(name)s。"),
    "no_anchors": gettext_lazy("找不到任何信任錨憑證；請檢查憑證設定資料夾。"),
    "unreadable": gettext_lazy("簽章資料無法讀取。"),
}
# `weak_digest` that names no certificate is about the signature.
WEAK_SIGNATURE: Final = gettext_lazy(
    "簽章使用了已不安全的雜湊演算法（%(name)s）；請更新憑證元件或換發新卡後再試。"
)
KINDS: Final[dict[str, Any]] = {
    "MOICA": gettext_lazy("自然人憑證"),
    "GCA": gettext_lazy("政府機關憑證"),
    "XCA": gettext_lazy("組織及團體憑證"),
}


def sentence_of(reason: Reason) -> str:
    """What is wrong with the card, and what to do."""
    details = dict(reason.details)
    sentence = SENTENCES[reason.code]
    if reason.code == "weak_digest" and "certificate" not in details:
        sentence = WEAK_SIGNATURE
    return str(sentence) % ({name: _shown(each) for name, each in details.items()} | _holder(details))


def sentences_of(reasons: Iterable[Reason]) -> str:
    """Everything that is wrong with the card, one sentence after the other."""
    return (" " if english() else "").join(sentence_of(each) for each in reasons)


def listed(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    """Each reason with its code, for the answer of an operator's command."""
    return [{"code": each.code, "sentence": sentence_of(each)} for each in reasons]


def _holder(details: dict[str, Detail]) -> dict[str, str]:
    """Whose card it is instead of a company's: its kind, else its holder's class, else its authority."""
    if "kind" in details:
        return {"holder": str(KINDS[str(details["kind"])])}
    if "subject_class" in details:
        return {"holder": _("主體類別 %(oid)s") % {"oid": details["subject_class"]}}
    return {"holder": str(details.get("issuer", ""))}


def _shown(detail: Detail) -> str:
    if isinstance(detail, datetime):
        return moment_words(detail) if english() else _roc(detail)
    return _("、").join(detail) if isinstance(detail, tuple) else detail


def _roc(moment: datetime) -> str:
    """Taipei time as cards' papers write it: 民國 116 年 2 月 3 日 09:30 (ROC year; before 1912 the Western year)."""
    local = clock.taipei(moment)
    year = f"民國 {local.year - 1911} 年" if local.year > 1911 else f"西元 {local.year} 年"
    return f"{year} {local.month} 月 {local.day} 日 {local:%H:%M}"
