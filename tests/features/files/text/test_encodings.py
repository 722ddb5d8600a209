"""The encoding of short words, decided by evidence: read right or refused, never wrong."""

from __future__ import annotations

import random

import pytest

from features.errors import FileRefused
from features.files.text.encodings import BETWEEN_WORDS, ENCODINGS, encoding_of

# Cities as their people write them, none of them chosen for its letters.
CITIES = {
    "es": "Málaga León Córdoba Cádiz Jaén Ávila Logroño Almería Mérida Gijón Alcorcón Cáceres",
    "pt": "São Vitória Brasília Goiânia Maringá Belém Macapá Niterói Uberlândia Florianópolis",
    "fr": "Orléans Besançon Nîmes Béziers Saint-Étienne Angoulême Mâcon Alès Sète Évreux Créteil",
    "de": "Köln München Düsseldorf Nürnberg Münster Lübeck Göttingen Würzburg Tübingen Gießen",
    "sv": "Göteborg Malmö Västerås Örebro Linköping Jönköping Umeå Gävle Växjö Östersund Luleå",
    "da": "København Århus Helsingør Næstved Køge Hillerød Sønderborg Hjørring Holbæk Tårnby",
    "pl": "Łódź Kraków Gdańsk Wrocław Poznań Białystok Częstochowa Toruń Rzeszów Zamość Elbląg",
    "cs": "Plzeň Olomouc Ústí Liberec Hradec Králové Děčín Třebíč Břeclav Žďár Šumperk Žatec",
    "hu": "Győr Pécs Nyíregyháza Kecskemét Székesfehérvár Miskolc Szombathely Érd Hódmezővásárhely",
    "ro": "Timişoara Iaşi Braşov Galaţi Ploieşti Brăila Bacău Piteşti Târgu Mureş Buzău Constanţa",
    "tr": "İzmir Eskişehir Diyarbakır Şanlıurfa Kahramanmaraş Muğla Çanakkale Nevşehir Elazığ",
    "ru": "Москва Казань Самара Омск Уфа Пермь Воронеж Краснодар Саратов Тюмень Иркутск Томск",
    "el": "Αθήνα Θεσσαλονίκη Πάτρα Ηράκλειο Λάρισα Βόλος Ιωάννινα Χανιά Καβάλα Σέρρες Κέρκυρα",
    "zh": "北京 广州 上海 深圳 成都 杭州 武汉 西安 南京 重庆 长沙 青岛 苏州 郑州 昆明 合肥 福州",
    "zh_Hant": "臺北 高雄 臺中 臺南 新竹 基隆 嘉義 桃園 屏東 花蓮 宜蘭 彰化 南投 苗栗 雲林 澎湖",
    "ja": "東京 大阪 横浜 名古屋 札幌 福岡 神戸 京都 さいたま 広島 仙台 千葉 北九州 新潟 浜松",
    "ko": "서울 부산 대구 인천 광주 대전 울산 수원 창원 고양 용인 성남 청주 전주 천안 포항 제주",
}
WRITTEN = {
    "es": ["cp1252", "latin-1", "cp850", "cp437", "mac-roman", "utf-8"],
    "pt": ["cp1252", "latin-1", "cp850", "utf-8"],
    "fr": ["cp1252", "latin-1", "cp850", "mac-roman", "utf-8"],
    "de": ["cp1252", "latin-1", "cp850", "cp437", "utf-8"],
    "sv": ["cp1252", "cp850", "utf-8"],
    "da": ["cp1252", "utf-8"],
    "pl": ["cp1250", "cp852", "iso8859-2", "utf-8"],
    "cs": ["cp1250", "cp852", "iso8859-2", "utf-8"],
    "hu": ["cp1250", "utf-8"],
    "ro": ["cp1250", "utf-8"],
    "tr": ["cp1254", "utf-8"],
    "ru": ["cp1251", "koi8-r", "cp866", "utf-8"],
    "el": ["cp1253", "utf-8"],
    "zh": ["gb18030", "gbk", "utf-8"],
    "zh_Hant": ["big5", "utf-8"],
    "ja": ["shift_jis", "euc-jp", "utf-8"],
    "ko": ["euc-kr", "utf-8"],
}
CASES = [(language, codec) for language, codecs in WRITTEN.items() for codec in codecs]


def verdict(text: str, codec: str) -> str:
    """right, wrong or refused: what becomes of a text written in this encoding."""
    encoded = text.encode(codec, errors="ignore")
    words = [word for word in BETWEEN_WORDS.split(encoded) if not word.isascii()]
    try:
        taken = encoding_of(dict.fromkeys(words), "a.csv", "declare it")
    except FileRefused:
        return "refused"
    return (
        "right" if b"\n".join(words).decode(taken) == b"\n".join(words).decode(codec) else "wrong"
    )


@pytest.mark.parametrize(("language", "codec"), CASES)
def test_a_column_of_cities_is_read_right(language: str, codec: str) -> None:
    assert verdict(CITIES[language], codec) == "right"


@pytest.mark.parametrize(("language", "codec"), CASES)
def test_a_few_words_are_read_right_or_refused_but_never_wrong(language: str, codec: str) -> None:
    cities = CITIES[language].split()
    few = [" ".join(random.Random(seed).sample(cities, 1 + seed % 3)) for seed in range(40)]
    few = [text for text in few if not text.isascii()]
    assert "wrong" not in {verdict(text, codec) for text in few}


AMOUNTS = [f"{number}" for number in range(100, 160)]
TABLES = {
    "months,fee\n" + "".join(f"7,1\xa0{one}\n" for one in AMOUNTS): ["cp1252", "latin-1"],
    "months,fee\n" + "".join(f"7,1\xa0{one}\xa0€\n" for one in AMOUNTS): ["cp1252"],
    "months,fee\n" + "".join(f"7,{one}.50€\n" for one in AMOUNTS): ["cp1252"],
    "months;fee\n" + "".join(f"7;{one},50 €\n" for one in AMOUNTS): ["cp1252"],
    "months,fee\n" + "".join(f"7,£{one}\n" for one in AMOUNTS): ["cp1252", "latin-1"],
    "月份,费用,流失\n" + "".join(f"7,￥{one}.50,否\n" for one in AMOUNTS): ["gbk"],
    "id,套餐\n7,畅享套餐（99元）\n8,全球通①号【旗舰】\n9,《神州行》～畅听\n": ["gbk", "gb18030"],
    "客户ID,APP名称,5G套餐\n7,QQ音乐,5G畅享128元\n8,腾讯视频,4G自由选\n": ["gbk"],
    "客户编号,在网月数,城市\nC1,7,北京市\n": ["gbk"],
    "客戶,方案\n7,輕量型599\n8,吃到飽方案1399元\n": ["big5"],
    "город,скидка\nОмск,5шт\nУфа,10шт\n": ["cp1251", "koi8-r"],
}


@pytest.mark.parametrize(
    ("text", "codec"), [(text, codec) for text, own in TABLES.items() for codec in own]
)
def test_a_table_of_amounts_plans_and_few_words_is_read_right(text: str, codec: str) -> None:
    assert verdict(text, codec) == "right"


LETTERS = {
    "cp1252": "abcdefghijklmnoprstuvzáâàäåæçéèêëíîïñóôöõøúùûüß",
    "cp1250": "abcdefghijklmnoprstuvząćęłńóśźżáčďéěíňřšťúůýžőűăîşţ",
    "cp1251": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "koi8-r": "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    "cp1253": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώς",
    "cp1254": "abcdefghijklmnoprstuvzçğıöşü",
    "gb18030": "北京广州上海深圳成都杭州武汉西安用户套餐流失是否在网时长备注",
}


@pytest.mark.parametrize("codec", LETTERS)
def test_letters_thrown_together_are_not_read_wrong(codec: str) -> None:
    for seed in range(60):
        random_ = random.Random(f"{codec} {seed}")
        words = [
            "".join(random_.choices(LETTERS[codec], k=random_.randint(3, 9)))
            for _ in range(random_.randint(2, 8))
        ]
        assert verdict(" ".join(words), codec) != "wrong", words


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Málaga", "cp1252"),
        ("León", "cp1252"),
        ("Köln", "latin-1"),
        ("São Paulo", "cp1252"),
        ("北京", "gbk"),
        ("广州", "gbk"),
        ("是,否", "gbk"),
        ("Москва", "cp1251"),
        ("Москва", "koi8-r"),
        ("é", "utf-8"),
        ("€", "utf-8"),
        ("Հայաստան", "utf-8"),
    ],
)
def test_one_word_is_enough_where_it_reads_as_a_word_in_one_encoding_alone(
    text: str, codec: str
) -> None:
    assert verdict(text, codec) == "right"


def test_text_in_two_encodings_is_refused() -> None:
    words = ["Málaga".encode(), *(word.encode("cp1252") for word in ("León", "Jaén", "Cádiz"))]
    with pytest.raises(FileRefused, match="in two encodings: 'Málaga' is UTF-8"):
        encoding_of(words, "a.csv", "declare it")


def test_noise_reads_as_words_in_no_encoding() -> None:
    noise = random.Random(1).randbytes(4000)
    words = [word for word in BETWEEN_WORDS.split(noise) if not word.isascii()]
    with pytest.raises(FileRefused, match="in none of the encodings"):
        encoding_of(words, "a.bin", "declare it")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_that_is_named_can_be_declared(encoding: str) -> None:
    assert "a".encode(encoding) == b"a"
