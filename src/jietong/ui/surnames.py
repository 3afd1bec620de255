"""Family names in pinyin without tone marks, for readers of English: the commonest, and compound ones.

A name that is not listed is shown as it is written, which is never wrong. A name with several readings has the one
that is used as a family name (单 Shan, 曾 Zeng, 解 Xie).
"""

from __future__ import annotations

from collections.abc import Mapping

_SPELT = """
Wang 王汪, Li 李黎, Zhang 张章, Liu 刘柳, Chen 陈, Yang 杨, Huang 黄, Zhao 赵, Wu 吴武伍,
Zhou 周, Xu 徐许, Sun 孙, Ma 马, Zhu 朱, Hu 胡, Guo 郭, He 何贺, Lin 林, Luo 罗骆, Gao 高,
Zheng 郑, Liang 梁, Xie 谢解, Song 宋, Tang 唐汤, Han 韩, Feng 冯, Deng 邓, Cao 曹, Peng 彭,
Zeng 曾, Xiao 肖萧, Tian 田, Dong 董, Pan 潘, Yuan 袁, Cai 蔡, Jiang 蒋姜江, Yu 余于俞, Du 杜,
Ye 叶, Cheng 程, Wei 魏韦, Su 苏, Lü 吕, Ding 丁, Ren 任, Lu 卢陆鲁, Yao 姚, Shen 沈,
Zhong 钟, Cui 崔, Tan 谭, Fan 范樊, Liao 廖, Shi 石史施, Jin 金, Jia 贾, Xia 夏, Fu 付傅,
Fang 方, Zou 邹, Xiong 熊, Bai 白, Meng 孟, Qin 秦覃, Qiu 邱, Hou 侯, Yin 尹殷, Xue 薛,
Yan 闫严颜, Duan 段, Lei 雷, Long 龙, Tao 陶, Mao 毛, Hao 郝, Gu 顾, Gong 龚, Shao 邵, Wan 万,
Qian 钱, Dai 戴, Mo 莫, Kong 孔, Xiang 向, Chang 常, Kang 康, Qi 齐, Shan 单, Wen 温文,
Niu 牛, Ge 葛, Xing 邢, An 安, Ni 倪, Yi 易, Qiao 乔, Pang 庞, Zhuang 庄, Nie 聂, Guan 关,
Lan 兰, Zhai 翟
"""
_COMPOUND = {
    "欧阳": "Ouyang", "司马": "Sima", "上官": "Shangguan", "诸葛": "Zhuge", "司徒": "Situ", "夏侯": "Xiahou",
    "皇甫": "Huangfu", "尉迟": "Yuchi", "公孙": "Gongsun", "慕容": "Murong", "令狐": "Linghu", "宇文": "Yuwen",
    "长孙": "Zhangsun", "南宫": "Nangong", "东方": "Dongfang", "独孤": "Dugu", "端木": "Duanmu", "百里": "Baili",
}  # fmt: skip

#: 王 → Wang, 欧阳 → Ouyang
PINYIN: Mapping[str, str] = {
    **{sign: spelt for spelt, signs in map(str.split, _SPELT.split(",")) for sign in signs},
    **_COMPOUND,
}
