"""What borrowers asked and specialists answered in the demo's last days: invented conversations."""

from __future__ import annotations

from dataclasses import dataclass

PHONE, CHAT, WECHAT, MAIL, FORM = "phone", "app", "wechat", "email", "form"


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation. who: "late", "current"; promise: days until the promised payment (None: no promise)."""

    who: str
    channel: str
    intent: str
    asks: str
    answer: str
    then: str
    last: str
    outcome: str
    note: str
    promise: int | None = None


TALKS: tuple[Talk, ...] = (
    Talk(
        "late",
        PHONE,
        "repay_failed",
        "昨天扣款失败了，卡里明明有钱，怎么还显示没还？",
        "您好，看到昨晚银行返回“超出单日限额”。您可以在 App 里手动还，或者今晚 20:00 我们再扣一次。",
        "那今晚再扣一次吧，我把限额调高了。",
        "好的，已经登记今晚再扣，扣成功后会有短信。",
        "answered",
        "银行限额导致扣款失败，客户已调高限额，今晚重扣。",
    ),
    Talk(
        "late",
        CHAT,
        "extend_hardship",
        "这个月工资晚发，能不能晚几天还？",
        "可以理解。您预计哪天发工资？我们先按那天登记，期间不会再催您。",
        "四天后发，到账就还。",
        "已登记四天后还清到期部分，前一天会短信提醒您一次。",
        "promise",
        "工资延后，承诺到账即还。",
        4,
    ),
    Talk(
        "late",
        PHONE,
        "repay_how",
        "我换了手机，App 登不上去，怎么还这一期？",
        "您可以用短信验证码登录网页还，也可以直接存到绑定的卡里等自动扣款。",
        "网页可以了，谢谢。",
        "不客气，到账后约十分钟显示。",
        "answered",
        "指导客户用网页还款。",
    ),
    Talk(
        "late",
        WECHAT,
        "overdue_consequence",
        "晚还几天会不会上征信？我很担心。",
        "我帮您看了，目前是几天内，您尽快还上就好；报送以实际逾期情况为准，我把规则发给您。",
        "好，我明天就还。",
        "已登记明天还款，这期间不会再提醒您。",
        "promise",
        "客户担心征信，承诺明天还。",
        1,
    ),
    Talk(
        "late",
        PHONE,
        "extend_hardship",
        "我刚做完手术在家休养，两期都压着，实在还不上，能分开还吗？",
        "先祝您早日康复。您可以提交住院证明，我们按困难客户给您重新排期，审核期间不加压。",
        "证明我让家人拍照传上来。",
        "收到后两个工作日内给您方案，您安心休养。",
        "plan_offered",
        "客户术后休养，等待证明材料，拟延期两期。",
    ),
    Talk(
        "late",
        CHAT,
        "interest_fee",
        "罚息是怎么算的？每天加多少？",
        "只对过了还款日的本金计，按合同利率上浮的部分算。您现在每天大约加几毛到一两块，明细在账单里逐日列出。",
        "明白了。",
        "还有疑问随时找我。",
        "answered",
        "解释罚息口径。",
    ),
    Talk(
        "late",
        PHONE,
        "account_contact",
        "你们打的那个号码是我前同事的，别再打了，我给你新号。",
        "抱歉打扰到别人了，已停用那个号码。新号码我发一条验证码核实一下。",
        "验证码收到了，报给系统了。",
        "新号码已生效，旧号码不会再联系。",
        "answered",
        "停用错误号码，更新为本人号码。",
    ),
    Talk(
        "late",
        PHONE,
        "complaint_human",
        "一天三个短信，我已经说了下周还，为什么还发？",
        "对不起，这是我们没有把您的约定登记好。我现在登记，登记后不会再发催收短信。",
        "希望说到做到。",
        "已登记，您可以在页面上看到这条约定。",
        "promise",
        "客户投诉提醒频繁，已登记承诺并致歉。",
        5,
    ),
    Talk(
        "late",
        MAIL,
        "extend_hardship",
        "店里这两个月没生意，想申请延期三个月，需要什么材料？",
        "您好，请附上营业流水或停业说明，我们据此评估延期方案，评估期间会暂停提醒。",
        "材料在附件里，请查收。",
        "已收到材料，转方案评估，三个工作日内答复。",
        "plan_offered",
        "个体经营困难，材料已收。",
    ),
    Talk(
        "late",
        WECHAT,
        "repay_how",
        "我想先还一部分，剩下的月底还可以吗？",
        "可以的，在还款页选“先还一部分”，优先冲抵最早一期。剩下的我们约个日子。",
        "那就六天后还清剩下的。",
        "已登记六天后还清，谢谢您主动联系。",
        "promise",
        "先还一部分，六天后还清。",
        6,
    ),
    Talk(
        "current",
        CHAT,
        "repay_early",
        "我想提前全部还清，有违约金吗？",
        "这笔合同没有提前还款违约金，利息只算到还清当天。您在“提前还清”里能看到金额。",
        "好，看到了。",
        "还清后会自动出结清证明。",
        "answered",
        "咨询提前结清，无违约金。",
    ),
    Talk(
        "current",
        PHONE,
        "auto_deduct",
        "还款卡丢了补办了新卡，自动扣款要怎么改？",
        "在“我的银行卡”里换绑新卡，验证后下一期就从新卡扣。",
        "换好了，显示绑定成功。",
        "好的，下一期会从新卡扣。",
        "answered",
        "指导换绑银行卡。",
    ),
    Talk(
        "current",
        CHAT,
        "contract_proof",
        "办房贷银行要我提供结清证明，上一笔已经还完了，在哪里下载？",
        "“我的合同”里有结清证明，盖章版可以直接下载；需要纸质版也可以寄。",
        "电子版就够了，谢谢。",
        "祝您办理顺利。",
        "answered",
        "结清证明已自助下载。",
    ),
    Talk(
        "current",
        WECHAT,
        "due_date",
        "能把还款日改到每月 20 号吗？我 18 号发工资。",
        "可以改一次，改期当月会多算几天利息，我把金额发您确认。",
        "可以，改吧。",
        "已提交，下一期起按 20 号，确认短信稍后发出。",
        "answered",
        "改还款日为 20 号，已告知利息差额。",
    ),
    Talk(
        "current",
        PHONE,
        "credit_report",
        "征信上显示我这笔还是逾期，可是我早就还了，怎么改？",
        "我查到您上月已还清，报送有一个周期。我给您提交了异议，最长二十天更正。",
        "那我等短信通知。",
        "更正后会通知您，也可以再查一次报告确认。",
        "forwarded",
        "征信异议已提交。",
    ),
    Talk(
        "current",
        CHAT,
        "coupon_promo",
        "上次说按时还款送的免息券在哪？",
        "券在“我的优惠”里，有效期三十天，下次还款会自动抵用。",
        "看到了。",
        "祝您使用愉快。",
        "answered",
        "告知券的位置。",
    ),
    Talk(
        "current",
        MAIL,
        "contract_proof",
        "请把借款合同发到我邮箱，公司报销要用。",
        "合同已发到您登记的邮箱，内含借款凭证。",
        "收到，谢谢。",
        "不客气。",
        "answered",
        "补发合同。",
    ),
    Talk(
        "current",
        PHONE,
        "security_fraud",
        "有人自称你们客服，让我转账到个人账户消除记录，是真的吗？",
        "这是诈骗，请不要转账，也不要告诉任何人验证码。我们从不要求转到个人账户。",
        "吓我一跳，还没转。",
        "已记录该号码并上报，请同时拨打 110 报案。",
        "answered",
        "冒充客服诈骗，客户未受损，号码已上报。",
    ),
)

#: what the assistant is asked and mostly answers itself, from the borrower's own loan
ASSISTANT_ASKS = (
    "我今天要还多少钱？",
    "下一期哪天到期？",
    "我的利率是多少，利息怎么收的？",
    "怎么还款？可以自己还吗",
    "还欠多少？",
    "这个月的还款日是几号",
    "罚息多少钱一天",
    "在哪里还钱，要转账吗",
)


@dataclass(frozen=True, slots=True)
class Fresh:
    """Somebody who waits when the visitor comes in. seconds: how long ago they asked; days_late: whom to look for
    (None: nobody is late, due in about ten days)."""

    seconds: int
    days_late: int | None
    channel: str
    intent: str
    asks: str


WAITING: tuple[Fresh, ...] = (
    Fresh(25, 5, PHONE, "security_fraud", "刚有人来电说我的借款要“注销账户”，让我报验证码，我报了一个，怎么办？"),
    Fresh(15, 29, PHONE, "repay_failed", "今天最后一天了，扣款又失败，卡里有钱的，快帮我看看！"),
    Fresh(150, 12, CHAT, "extend_hardship", "孩子住院押金刚交，这一期能不能晚一个月？"),
    Fresh(110, 24, PHONE, "repay_failed", "换了卡以后一直扣不成功，短信天天发，能手动扣吗？"),
    Fresh(70, 40, WECHAT, "extend_hardship", "失业两个月了，想协商一下还款计划，不是不还。"),
    Fresh(420, 4, CHAT, "repay_how", "App 打不开，这一期怎么还？"),
    Fresh(330, 7, PHONE, "complaint_human", "给我打电话的人态度很差，我要找真人说清楚。"),
    Fresh(240, 2, WECHAT, "overdue_consequence", "晚了两天会不会影响征信？"),
    Fresh(180, 15, FORM, "credit_report", "报告上多了一条记录，请核实。"),
    Fresh(900, None, CHAT, "contract_proof", "上一笔结清证明怎么开盖章版？"),
    Fresh(700, None, MAIL, "interest_fee", "请把今年的利息明细发给我，报税要用。"),
    Fresh(500, None, WECHAT, "coupon_promo", "免息券过期了能补吗？"),
)
