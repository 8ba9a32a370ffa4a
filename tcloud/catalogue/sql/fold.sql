-- One writing for one word: full-width to half-width, lower case, variant characters to one of them. The same as fold() in tcloud/catalogue/text.py,
-- which also turns simplified characters into traditional ones; what is listed is written in traditional characters.
-- The pairs are those of data/han.json (scripts/han_table.py); a test compares the two.
CREATE OR REPLACE FUNCTION catalogue_fold(_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(
        lower(normalize(_text, NFKC)),
        '丑丰么乾于云仆伕伙佈余佣併侷係倖傢儘儿冑准几凶分划剋剷勛占卹台吁吃后听周咨咸唇唸啓嘩噹嚐嚥嚮囌坏夸姦孃尸岩岳峰崑崙帘干并床弔彆彙彷彿征愿慼慾扑托挂捨捱捲揹摺斗昇晒曆朮朴杠杰栗桿樑檯歎氾汎汙沖涌淒游濛瀋瀰煉燬牠牴甦痠痴癒癥盃盪睏瞭矇硃祇禦秘穀穫筑箇簽糰紮絃綵線緻縴繫纔罈群肴脩腌臟艷范荐菴菸蒐蓆蔔薑薹藉虫虱裡製複襬覆註証誌説譟讚賬蹟輓辟迴郁采釦鉅錶鍊鐘鑒閑閤闆隻雇霉霑鞦韆颱颳餵饑髮鬆鬍鬚鬨鹵麴鼕齣',
        '醜豐麼幹於雲僕夫夥布餘傭並局系幸家盡兒胄準幾兇份劃克鏟勳佔恤臺籲喫後聽週諮鹹脣念啟譁當嘗咽向蘇壞誇奸娘屍巖嶽峯昆侖簾幹並牀吊別匯仿佛徵願戚欲撲託掛舍挨卷背折鬥升曬歷術樸槓傑慄杆梁臺嘆泛泛污衝湧悽遊蒙沈彌鏈毀它抵蘇酸癡愈症杯蕩困了蒙朱只御祕谷獲築個籤團扎弦彩綫致纖系才壇羣餚修醃髒豔範薦庵煙搜席卜姜苔借蟲蝨裏制復擺復注證志說噪贊帳跡挽闢回鬱採扣巨表鏈鍾鑑閒合板只僱黴沾秋千臺刮喂飢發松胡須哄滷曲冬出'
    )
$$;
