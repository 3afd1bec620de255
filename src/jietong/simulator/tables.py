"""What invented people are called, where they live and what they say: data in the form of code.

Surnames and their shares follow the published order of the most frequent ones (percent of the population, rounded);
regions follow the census's shares by province. Every person, shop and creditor is invented.
"""

from __future__ import annotations

SURNAMES: dict[str, float] = {
    "王": 7.2, "李": 7.2, "张": 6.8, "刘": 5.4, "陈": 4.5, "杨": 3.1, "黄": 2.2, "赵": 2.1, "吴": 2.0, "周": 2.0,
    "徐": 1.7, "孙": 1.5, "马": 1.4, "朱": 1.3, "胡": 1.3, "郭": 1.2, "何": 1.2, "林": 1.2, "高": 1.1, "罗": 1.1,
    "郑": 1.0, "梁": 1.0, "谢": 0.8, "宋": 0.8, "唐": 0.7, "许": 0.7, "韩": 0.7, "邓": 0.6, "冯": 0.6, "曹": 0.6,
    "彭": 0.6, "曾": 0.6, "肖": 0.6, "田": 0.5, "董": 0.5, "潘": 0.5, "袁": 0.5, "蔡": 0.5, "蒋": 0.5, "余": 0.4,
    "于": 0.4, "杜": 0.4, "叶": 0.4, "程": 0.4, "魏": 0.4, "苏": 0.4, "吕": 0.4, "丁": 0.4, "任": 0.4, "卢": 0.4,
    "姚": 0.4, "沈": 0.4, "钟": 0.4, "姜": 0.3, "崔": 0.3, "谭": 0.3, "陆": 0.3, "范": 0.3, "汪": 0.3, "廖": 0.3,
    "石": 0.3, "金": 0.3, "韦": 0.3, "贾": 0.3, "夏": 0.3, "付": 0.3, "方": 0.3, "邹": 0.3, "熊": 0.3, "白": 0.3,
    "孟": 0.3, "秦": 0.2, "邱": 0.2, "侯": 0.2, "江": 0.2, "尹": 0.2, "薛": 0.2, "闫": 0.2, "段": 0.2, "雷": 0.2,
    "龙": 0.2, "黎": 0.2, "史": 0.2, "陶": 0.2, "贺": 0.2, "毛": 0.2, "郝": 0.2, "顾": 0.2, "龚": 0.2, "邵": 0.2,
    "欧阳": 0.1, "上官": 0.02, "司徒": 0.02, "诸葛": 0.02, "覃": 0.2, "亓": 0.01, "逄": 0.01, "爨": 0.01,
}  # fmt: skip
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红梅建国文斌婷雪琳博宇浩然子轩雨涵欣怡梓萱思远佳慧晓晨"
    "志鹏海燕春生秀云凤龙飞鑫倩颖俊峰凯旭东小莉嘉豪天佑若曦诗琪润泽一鸣景行安宁可心向阳永康德福金水"
)
RARE_GIVEN = "堃喆骉犇赟昱烜珺瑀翀㛃䶮𬭎𫖯𬤇𬍛𬸣𬀩"
DOTTED = (
    "阿依古丽·买买提", "古丽娜尔·吐尔逊", "艾合买提·阿卜杜拉", "热依汗·克里木", "阿力木江·艾山", "玛依拉·赛买提",
    "巴图·乌力吉", "格桑·扎西", "阿米娜·哈斯木", "努尔兰·叶尔肯", "木合塔尔·依明", "吉克·阿呷",
)  # fmt: skip
SHOPS = ("小吃店", "便利店", "五金店", "理发店", "水果店", "汽修店", "服装店", "面馆", "文具店", "粮油店")

#: province code (GB/T 2260, two digits), province, cities, share of the population in percent
REGIONS: tuple[tuple[str, str, tuple[str, ...], float], ...] = (
    ("11", "北京市", ("北京市",), 1.6), ("12", "天津市", ("天津市",), 1.0),
    ("13", "河北省", ("石家庄市", "保定市", "唐山市"), 5.3), ("14", "山西省", ("太原市", "大同市"), 2.5),
    ("15", "内蒙古自治区", ("呼和浩特市", "包头市"), 1.7), ("21", "辽宁省", ("沈阳市", "大连市"), 3.0),
    ("22", "吉林省", ("长春市", "吉林市"), 1.7), ("23", "黑龙江省", ("哈尔滨市", "大庆市"), 2.3),
    ("31", "上海市", ("上海市",), 1.8), ("32", "江苏省", ("南京市", "苏州市", "徐州市"), 6.0),
    ("33", "浙江省", ("杭州市", "宁波市", "温州市"), 4.6), ("34", "安徽省", ("合肥市", "阜阳市"), 4.3),
    ("35", "福建省", ("福州市", "泉州市"), 2.9), ("36", "江西省", ("南昌市", "赣州市"), 3.2),
    ("37", "山东省", ("济南市", "青岛市", "临沂市"), 7.2), ("41", "河南省", ("郑州市", "洛阳市", "周口市"), 7.0),
    ("42", "湖北省", ("武汉市", "襄阳市"), 4.1), ("43", "湖南省", ("长沙市", "衡阳市"), 4.7),
    ("44", "广东省", ("广州市", "深圳市", "东莞市"), 8.9), ("45", "广西壮族自治区", ("南宁市", "柳州市"), 3.6),
    ("46", "海南省", ("海口市",), 0.7), ("50", "重庆市", ("重庆市",), 2.3),
    ("51", "四川省", ("成都市", "绵阳市", "宜宾市"), 5.9), ("52", "贵州省", ("贵阳市", "遵义市"), 2.7),
    ("53", "云南省", ("昆明市", "曲靖市"), 3.3), ("54", "西藏自治区", ("拉萨市",), 0.3),
    ("61", "陕西省", ("西安市", "咸阳市"), 2.8), ("62", "甘肃省", ("兰州市",), 1.8), ("63", "青海省", ("西宁市",), 0.4),
    ("64", "宁夏回族自治区", ("银川市",), 0.5), ("65", "新疆维吾尔自治区", ("乌鲁木齐市", "喀什市"), 1.8),
)  # fmt: skip

LENDER = "青禾消费金融有限公司"
PARTNER_BANK = "云岫银行股份有限公司"
#: code → name, creditor, share in percent
PRODUCTS: dict[str, tuple[str, str, int]] = {
    "JB": ("随借随还", LENDER, 40), "XF": ("消费贷", LENDER, 45), "LH": ("联合贷", PARTNER_BANK, 15),
}  # fmt: skip

#: product → platform, funders with shares, guarantor, as a tape tells them
AROUND: dict[str, tuple[str, str, str]] = {
    "LH": ("小禾数字科技有限公司", f"{PARTNER_BANK} 80%；{LENDER} 20%", "恒信融资担保有限公司"),
    "XF": ("", "", ""),
    "JB": ("小禾数字科技有限公司", "", ""),
}
GUARANTOR = AROUND["LH"][2]
#: who buys claims in the demo, and what a notice says of both: an invented number, hence none that rings
BUYER = "远山资产管理有限公司"
HOTLINES: dict[str, str] = {BUYER: "400-000-1540", GUARANTOR: "400-000-1541"}

#: desks: code, name, English name, opening and closing hour
TEAMS: tuple[tuple[str, str, str, int, int], ...] = (
    ("desk", "贷后二组", "Post-loan team 2", 8, 22), ("rights", "客户权益组", "Customer rights", 8, 22),
    ("finance", "财务组", "Finance", 9, 18), ("bureau", "征信组", "Credit reporting", 9, 18),
    ("tech", "技术支持组", "Technical support", 9, 21),
)  # fmt: skip
#: username, name, staff number, role, team
MEMBERS: tuple[tuple[str, str, str, str, str], ...] = (
    ("lin", "林芳", "0315", "specialist", "desk"), ("wang", "王敏", "0372", "specialist", "desk"),
    ("zhao", "赵一鸣", "0388", "specialist", "desk"), ("chen", "陈思远", "0401", "specialist", "desk"),
    ("huang", "黄佳慧", "0416", "specialist", "desk"), ("xu", "徐鹏", "0423", "specialist", "desk"),
    ("luo", "罗晓燕", "0437", "specialist", "desk"), ("gao", "高俊峰", "0452", "specialist", "desk"),
    ("zhou", "周凯", "0519", "specialist", "rights"), ("he", "何静", "0526", "specialist", "rights"),
    ("qin", "秦岚", "0208", "supervisor", "desk"), ("shen", "沈知行", "0117", "officer", "rights"),
    ("ding", "丁宁", "0633", "operator", "desk"),
    ("tang", "唐慧", "0702", "specialist", "finance"), ("xie", "谢宁", "0711", "specialist", "bureau"),
    ("deng", "邓一鸣", "0725", "specialist", "tech"),
)  # fmt: skip
