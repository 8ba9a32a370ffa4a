"""The county of a registered address (R-28)."""

import pytest

from tcloud.core.counties import COUNTIES, county_of


@pytest.mark.rule("R-28")
@pytest.mark.parametrize(
    ("address", "county"),
    [
        ("臺北市中正區重慶南路一段122號", "臺北市"),
        ("台北市中正區", "臺北市"),
        ("高雄巿苓雅區", "高雄市"),  # U+5DFF
        ("１００　臺北市中正區", "臺北市"),
        ("(100)台北市中正區", "臺北市"),
        ("100057臺北市中正區", "臺北市"),
        ("臺灣省南投縣埔里鎮", "南投縣"),
        ("福建省金門縣金城鎮", "金門縣"),
        ("桃園縣中壢市", "桃園市"),  # before 2014
        ("臺北縣板橋市", "新北市"),  # before 2010
        ("嘉義縣民雄鄉", "嘉義縣"),
        ("嘉義市東區", "嘉義市"),
        ("新竹縣竹北市臺北市場旁", "新竹縣"),
        ("", ""),
        ("香港九龍", ""),
        ("中正區臺北市街", ""),
    ],
)
def test_county_of_reads_the_beginning_of_an_address(address: str, county: str) -> None:
    assert county_of(address) == county


def test_there_are_twenty_two() -> None:
    assert len(set(COUNTIES)) == 22
    assert all(county_of(county) == county for county in COUNTIES)
