"""Every reason for which a card is not accepted, with the sentence shown to its holder (R-09, R-10)."""

from typing import Final

from tcloud.adapters.card.port import Reason

SENTENCES: Final[dict[str, str]] = {
    "encryption_certificate": "這是加密用憑證，不能用於登入或簽章；請選擇卡片上的「簽章」憑證。",
    "no_signature_usage": "這張憑證的用途不含數位簽章；請改用工商憑證 IC 卡上的簽章憑證。",
    "policy_missing": "這張憑證不符合所要求的憑證政策（保證等級第 3 級）；請使用經濟部核發的工商憑證正卡。",
    "expired": "憑證已於 {when} 到期；請向工商憑證管理中心申請展期或換發後再試。",
    "not_yet_valid": "憑證自 {when} 起才生效；請於生效後再試，並確認電腦時間正確。",
    "ca_not_valid": "簽發機關的憑證（{name}）於此時不在有效期間內；請與客服聯繫。",
    "chain": "無法確認這張憑證由政府憑證機關簽發；請確認插入的是經濟部工商憑證，若仍失敗請與客服聯繫。",
    "unknown_extension": "憑證含有本平台無法解讀的關鍵欄位（{name}）；請與客服聯繫。",
    "weak_digest": "{what}使用了已不安全的雜湊演算法（{name}）；請更新憑證元件或換發新卡後再試。",
    "weak_key": "{what}的金鑰長度不足（{name} 位元）；請換發新的工商憑證後再試。",
    "secondary_card": "這是附卡；本平台僅接受工商憑證正卡，請改用正卡。",
    "revoked": "這張憑證已於 {when} 廢止；請向工商憑證管理中心申請新的憑證。",
    "ca_revoked": "簽發機關的憑證（{name}）已廢止；請與客服聯繫。",
    "revocation_unknown": "目前無法向憑證機關查證這張憑證是否已廢止，因此暫時不能接受；請稍後再試，您已填寫的資料不會遺失。",
    "ubn_missing": "憑證上沒有統一編號；請使用公司或商業的工商憑證。",
    "ubn_mismatch": "憑證上的兩處統一編號不一致（{name}）；請向工商憑證管理中心反映並換發。",
    "ubn_checksum": "憑證上的統一編號（{name}）不符檢查規則；請向工商憑證管理中心反映並換發。",
    "nonce_mismatch": "簽章中的驗證碼與本次發出的不同，可能是先前的簽章；請回到上一步重新驗證。",
    "content_mismatch": "簽章的內容與本平台要求簽署的內容不同；請回到上一步重新簽署。",
    "content_missing": "簽章訊息未附原文，無法比對；請提供原文後再試。",
    "signature_invalid": "簽章驗證不符，內容可能在傳送途中被更動；請重新簽署。",
    "multiple_signers": "簽章訊息含有多位簽署人，無法確定是哪一張卡片；請只用一張卡片簽署。",
    "not_moeaca_company": "這不是公司或商業的工商憑證（{name}）；請改插貴公司的工商憑證。",
}


def reason(code: str, **details: str) -> Reason:
    """The reason with its sentence filled in; `details` are the names in braces."""
    return Reason(code, SENTENCES[code].format(**details))
