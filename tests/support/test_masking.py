"""R-37: nobody is recognised by what stands in place of the data."""

import pytest

from tcloud.support.rules import masking


@pytest.mark.rule("R-37")
@pytest.mark.parametrize(
    ("rule", "given", "shown"),
    [
        (masking.masked_name, "林大明", "林＊＊"),
        (masking.masked_name, "歐陽美麗", "歐＊＊"),
        (masking.masked_name, " ", ""),
        (masking.masked_company, "光合眼鏡有限公司", "光合＊＊"),
        (masking.masked_number, "99990155", "＊＊＊＊＊155"),
        (masking.masked_number, "CE0123456789", "＊＊＊＊＊＊＊＊＊789"),
        (masking.masked_email, "owner@example.tw", "o＊＊@＊＊"),
        (masking.masked_email, "", ""),
    ],
)
def test_masked(rule, given, shown) -> None:
    assert rule(given) == shown
