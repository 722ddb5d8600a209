"""The report's sentences, in English and Chinese."""

from __future__ import annotations

from training.pictures.words import WORDS

TEXTS: dict[str, dict[str, str]] = {
    **WORDS,
    "brand": {"en": "留客 Liuke", "zh": "留客 Liuke"},
    "title": {
        "en": "Churn risk, trained {as_of}",
        "zh": "离网风险模型报告（训练日 {as_of}）",
    },
    "lead": {
        "en": "The chance that a customer leaves in the {horizon} days that begin {lead} days "
        "after the score, if nothing is done about it. Judged out of time: on {customers} "
        "customers "
        "at {dates} weekly dates ({first} to {last}) that the model never saw, {churners} of "
        "whom left.",
        "zh": "若不采取任何措施，客户在评分日{lead}天之后的{horizon}天内离网的概率。"
        "评估均在模型未见过的日期上进行：{first}至{last}共{dates}个评分日，"
        "{customers}位客户，其中{churners}位离网。",
    },
    "interval": {"en": "95 %: {low} to {high}", "zh": "95 %区间：{low} 至 {high}"},
    "no_interval": {"en": "no interval: too few churners", "zh": "离网客户太少，无区间"},
    "unknown": {"en": "cannot be told", "zh": "无法判断"},
    "auc_name": {"en": "Pairs in the right order (AUC)", "zh": "排序正确率（AUC）"},
    "auc": {
        "en": "Take a customer who left and one who stayed: in {value} of such pairs the one who "
        "left had the higher risk. A coin reaches 50 %.",
        "zh": "任取一位离网客户与一位在网客户，有{value}的可能离网客户的风险更高；随机猜测为50 %。",
    },
    "top_name": {"en": "Precision in the riskiest 1 %", "zh": "最高风险1 %的精确率"},
    "top": {
        "en": "So many of the riskiest hundredth left in the window; of all customers {rate} did.",
        "zh": "风险最高的1 %客户中，这一比例的人在窗口期内离网；全体客户为{rate}。",
    },
    "lift_name": {"en": "Lift in the riskiest tenth", "zh": "最高风险一成的提升度"},
    "lift": {
        "en": "The riskiest tenth of the customers leaves {value} times as often as all of them.",
        "zh": "风险最高的一成客户，离网率是全体客户的{value}倍。",
    },
    "level_name": {"en": "Churners seen for 100 expected", "zh": "每预期100人实际离网人数"},
    "level": {
        "en": "The risks add up to the churners to be expected; 1 is exact. In the riskiest "
        "tenth it is {top}.",
        "zh": "风险之和即预期离网人数，1为完全准确；在风险最高的一成客户中为{top}。",
    },
    "rfm_name": {"en": "AUC above a simple baseline", "zh": "比简单基线高出的AUC"},
    "rfm": {
        "en": "A logistic regression on recency, frequency and monetary value (RFM) reaches "
        "{value} on the same rows.",
        "zh": "仅用最近一次、频率和金额（RFM）的逻辑回归，在同样的数据上AUC为{value}。",
    },
    "gap_name": {"en": "Of what could be gained", "zh": "已实现的可能提升"},
    "gap": {
        "en": "The share of the way from that baseline to the best that anyone could know from "
        "what is recorded (AUC {value}), which only a simulated operator can tell.",
        "zh": "从该基线到“仅凭现有记录所能达到的最优”（AUC {value}）之间已走过的比例；"
        "只有模拟运营商才知道这一上限。",
    },
    "skill_name": {"en": "Brier skill", "zh": "Brier技能分"},
    "skill": {
        "en": "How much closer the risks are to what happened than the overall rate, told of "
        "everybody, would be; 0 is no better, 1 is perfect.",
        "zh": "与“对所有人都报平均离网率”相比，风险离事实近了多少；0为毫无改进，1为完美。",
    },
    "rank": {"en": "Who ranks best", "zh": "谁排得更准"},
    "rank_text": {
        "en": "The same rows, ranked by the model and by the baseline.",
        "zh": "同样的数据，分别按模型和按基线排序。",
    },
    "rank_best": {
        "en": "The operator is simulated, so they are also ranked by the true probability given "
        "everything that is recorded. What lies above that dashed line is chance: no model "
        "can enter it.",
        "zh": "由于是模拟运营商，还可按“给定全部记录时的真实概率”排序（虚线）。"
        "虚线以上是偶然，任何模型都无法达到。",
    },
    "roc_caption": {
        "en": "How many churners are found (up) for how many stayers flagged in error (right).",
        "zh": "纵轴：找出的离网客户比例；横轴：被误标的在网客户比例。",
    },
    "baselines_caption": {
        "en": "AUC with its 95 % interval over customers.",
        "zh": "AUC及其95 %区间（按客户重抽样）。",
    },
    "trust": {"en": "Whether the probabilities can be taken at their word", "zh": "概率是否可信"},
    "trust_text": {
        "en": "A risk of 5 % should mean that 5 of 100 such customers leave. Slope 1 is right, "
        "below 1 the risks are too extreme, above 1 too timid. Brier skill above 0 says that "
        "they tell more than the average does.",
        "zh": "5 %的风险应当意味着每100位这样的客户有5位离网。斜率为1最佳，小于1说明风险过于极端，"
        "大于1说明过于保守。Brier技能分大于0，说明比只报平均值更有信息。",
    },
    "calibration_caption": {
        "en": "Ten groups of equal size by risk: what was expected and what came. On the line is "
        "right, below it the risk was too high.",
        "zh": "按风险分成人数相等的十组：横轴为预期，纵轴为实际。"
        "落在线上为准确，在线下为风险偏高。",
    },
    "list": {"en": "What a list would catch", "zh": "名单能抓住多少"},
    "list_text": {
        "en": "Who works through the customers from the riskiest down finds churners quickly at "
        "first, then ever more slowly.",
        "zh": "从风险最高的客户开始逐一处理，起初很快就能找到离网客户，之后越来越慢。",
    },
    "gains_caption": {
        "en": "The share of all churners on a list of that length: the riskiest tenth holds "
        "{tenth} of them.",
        "zh": "相应长度的名单所包含的离网客户比例：风险最高的一成包含其中{tenth}。",
    },
    "lift_caption": {
        "en": "Churn in each tenth of the customers, riskiest first; dashed the overall rate.",
        "zh": "按风险由高到低分成十份，每份的离网率；虚线为全体离网率。",
    },
    "worth": {"en": "How far down the list it pays", "zh": "名单多长才划算"},
    "worth_text": {
        "en": "Expected maximum profit (Verbraken, Verbeke and Baesens 2013): a customer kept is "
        "worth {clv}, an offer costs {offer}, a contact {contact}, and {accept} of the "
        "contacted churners accept on average. Over all likely acceptance rates the best list "
        "holds {share} of the customers on average and brings {profit} a customer of the base. "
        "These are the paper's amounts, to compare models by; not this operator's, and not what "
        "contacts really do.",
        "zh": "期望最大利润（Verbraken、Verbeke、Baesens 2013）：留住一位客户价值{clv}，"
        "一次优惠成本{offer}，一次接触成本{contact}，被接触的离网客户平均{accept}会接受。"
        "对各种可能的接受率取平均，最优名单包含{share}的客户，平均每位在网客户带来{profit}。以上金额取自论文，"
        "仅用于比较模型，并非本运营商的实际数值，也不代表接触的真实效果。",
    },
    "profit_caption": {
        "en": "Profit by length of the list if the acceptance is exactly its average; dashed the "
        "length of the highest profit.",
        "zh": "假设接受率恰为平均值时，利润随名单长度的变化；虚线为利润最高的长度。",
    },
    "riskiest": {"en": "the riskiest", "zh": "风险最高的"},
    "precision": {"en": "of whom left", "zh": "其中离网"},
    "interval_name": {"en": "95 % interval", "zh": "95 %区间"},
    "why": {"en": "What the model looks at", "zh": "模型看重什么"},
    "why_text": {
        "en": "Each dot is one of {count} customers. To the right a feature pushed the customer's "
        "score towards leaving, to the left towards staying; the colour is the feature's value, "
        "grey where it is a name or not known. Signs that go with leaving, not causes.",
        "zh": "每个点是{count}位客户中的一位。点在右侧表示该特征把评分推向离网，左侧推向留网；"
        "颜色表示特征值高低，灰色为类别或未知。这些是与离网相伴的迹象，不是原因。",
    },
    "scroll": {"en": "Scroll sideways to see it all →", "zh": "左右滑动查看全部 →"},
    "low": {"en": "low", "zh": "低"},
    "high": {"en": "high", "zh": "高"},
    "whom": {"en": "For whom it works", "zh": "对哪些客户有效"},
    "whom_text": {
        "en": "Every segment by itself. A segment with fewer than {few} customers who left is "
        "counted and not judged.",
        "zh": "各客群单独评估。离网客户不足{few}位的客群只计数，不评价。",
    },
    "segment": {"en": "segment", "zh": "客群"},
    "customers": {"en": "customers", "zh": "客户"},
    "churners": {"en": "left", "zh": "离网"},
    "churn": {"en": "churn", "zh": "离网率"},
    "auc_short": {"en": "AUC", "zh": "AUC"},
    "ap_short": {"en": "average precision", "zh": "平均精确率"},
    "lift_short": {"en": "lift, top tenth", "zh": "最高一成提升度"},
    "level_short": {"en": "observed / expected", "zh": "实际/预期"},
    "top_level_short": {"en": "the same, top tenth", "zh": "同左，最高一成"},
    "slope_short": {"en": "slope", "zh": "斜率"},
    "skill_short": {"en": "Brier skill", "zh": "Brier技能分"},
    "too_few": {"en": "too few churners to judge", "zh": "离网客户太少，不作评价"},
    "everyone": {"en": "all customers", "zh": "全体客户"},
    "without_cancel_requests": {
        "en": "without those who had asked to cancel",
        "zh": "不含已提出销号者",
    },
    "full_base": {
        "en": "with early churners, whom no list helps",
        "zh": "含提前离网者（名单来不及帮助）",
    },
    "by_payment_mode": {"en": "Payment mode", "zh": "付费方式"},
    "by_tier": {"en": "Value tier", "zh": "价值等级"},
    "by_city": {"en": "City", "zh": "城市"},
    "later": {"en": "If acting takes longer", "zh": "若行动需要更长时间"},
    "later_text": {
        "en": "The one model, held against customers who leave later: the window begins two, four "
        "or eight weeks after the score. Later windows are known on fewer dates; the last "
        "column is the model at its own lead on those same dates.",
        "zh": "同一个模型，对照更晚离网的客户：窗口从评分日之后两周、四周或八周开始。"
        "越晚的窗口，结果已知的日期越少；最后一列为模型在同样日期上、按自身提前期的AUC。",
    },
    "lead_time": {"en": "lead", "zh": "提前期"},
    "days": {"en": "{count} days", "zh": "{count}天"},
    "own_lead": {"en": "(the model's own)", "zh": "（模型自身）"},
    "dates": {"en": "dates", "zh": "日期数"},
    "own_lead_auc": {"en": "AUC at own lead", "zh": "自身提前期AUC"},
    "immature": {"en": "no label is known yet", "zh": "结果尚未可知"},
    "drift": {"en": "Whether the base has changed", "zh": "客户群是否变化"},
    "drift_text": {
        "en": "The churn rate at every date of the panel. Between the periods lies a gap, because "
        "a label is known only weeks after its date. Where the rate of the test period differs "
        "from the others, the level of the risks is the first thing to suffer.",
        "zh": "面板各日期的离网率。各时期之间有间隔，因为结果要数周后才知道。"
        "若测试期的离网率与其他时期不同，首先受影响的是风险的整体水平。",
    },
    "value": {"en": "What customers are worth", "zh": "客户价值"},
    "no_value": {"en": "No model of value: {why}", "zh": "没有价值模型：{why}"},
    "value_text": {
        "en": "The value tier and the monthly margin of the next three bills, predicted, against "
        "saying that nothing changes and, for moves between tiers, that the last trend goes on. "
        "Small beneath: the 95 % interval of what the model gains over it.",
        "zh": "预测未来三期账单的价值等级与月毛利，对照“一切不变”；等级变动还对照“最近趋势延续”。"
        "小字为模型相对其改进的95 %区间。",
    },
    "figure": {"en": "figure", "zh": "指标"},
    "unchanged": {"en": "nothing changes", "zh": "一切不变"},
    "trend": {"en": "the trend goes on", "zh": "趋势延续"},
    "tier_kappa": {"en": "agreement on the tier (weighted kappa)", "zh": "等级一致性（加权Kappa）"},
    "tier_up_ap": {"en": "moves up (average precision)", "zh": "升级（平均精确率）"},
    "tier_down_ap": {"en": "moves down (average precision)", "zh": "降级（平均精确率）"},
    "margin_mae": {
        "en": "error of the monthly margin (smaller is better)",
        "zh": "月毛利误差（越小越好）",
    },
    "matrix_caption": {
        "en": "The tier that came (rows) and the one predicted (columns).",
        "zh": "实际等级（行）与预测等级（列）。",
    },
    "counted": {"en": "What was counted, and how", "zh": "统计口径"},
    "period": {"en": "period", "zh": "时期"},
    "first": {"en": "first date", "zh": "首日"},
    "last": {"en": "last date", "zh": "末日"},
    "rows": {"en": "rows", "zh": "行数"},
    "standard": {"en": "standard", "zh": "普通"},
    "silver": {"en": "silver", "zh": "银"},
    "gold": {"en": "gold", "zh": "金"},
    "diamond": {"en": "diamond", "zh": "钻石"},
    "kinds_name": {"en": "How they left", "zh": "离网方式"},
    "cancelled": {"en": "cancelled", "zh": "销号"},
    "ported": {"en": "ported out", "zh": "携号转网"},
    "silent": {"en": "fell silent", "zh": "沉默"},
    "apart_name": {"en": "Left out of the figures", "zh": "未计入"},
    "apart": {
        "en": "{early} rows of customers who left before the lead was over, {competing} that ended "
        "otherwise (arrears, transfer, death, change of brand, return)",
        "zh": "提前期内已离网{early}行，因其他原因结束（欠费停机、过户、死亡、转品牌、"
        "离网后返回）{competing}行",
    },
    "label_name": {"en": "Leaving", "zh": "离网定义"},
    "label": {
        "en": "cancelled, ported out, or for prepaid customers {silent} days without chargeable "
        "use, within {horizon} days, {lead} days after the score",
        "zh": "评分日{lead}天之后的{horizon}天内销号、携号转网，"
        "或预付费客户连续{silent}天无计费使用",
    },
    "model_name": {"en": "Model", "zh": "模型"},
    "shape": {
        "en": "LightGBM, {trees} trees of depth {depth} at most on {features} features, calibrated "
        "per payment mode on a later period (fingerprint {fingerprint})",
        "zh": "LightGBM，{features}个特征，{trees}棵树，深度不超过{depth}，"
        "按付费方式在之后的时期校准（指纹 {fingerprint}）",
    },
    "clocks_name": {"en": "Clocks", "zh": "时钟"},
    "clocks_recorded": {
        "en": "when each fact was known was recorded by the operator for every feed",
        "zh": "各数据源均记录了运营商何时知晓每一事实",
    },
    "clocks_assumed": {
        "en": "assumed for {feeds}: what the operator knew when is a guess there, and the figures "
        "may be better than life",
        "zh": "{feeds}的知晓时间为假定，评估结果可能优于实际",
    },
    "limits": {"en": "What this does not say", "zh": "本报告不能说明的"},
    "limit_persuade": {
        "en": "A risk says nothing of who can be persuaded to stay; contacting can drive people "
        "out. That takes an experiment with a control group.",
        "zh": "风险并不说明谁能被挽留；接触有时反而促使离网。这需要带对照组的试验。",
    },
    "limit_weeks": {
        "en": "One customer stands in several weekly rows. Intervals therefore draw customers, not "
        "rows; they cover chance, not a change of the times.",
        "zh": "同一客户会出现在多个评分周。因此区间按客户而非按行抽样；它只反映偶然性，"
        "不反映时势变化。",
    },
    "limit_best": {
        "en": "The best length of a list was read off the same rows; before the fact it can only "
        "be worse.",
        "zh": "名单的最优长度是在同一批数据上事后得出的，事前只会更差。",
    },
    "footer": {
        "en": "Written by training; every figure stands in evaluation.json beside it.",
        "zh": "由训练程序生成；全部数字见同目录的evaluation.json。",
    },
}


def say(key: str, language: str, **values: object) -> str:
    """The sentence `key` in `language`, its places filled; what is not known is said as it is.

    >>> say("days", "zh", count=14), say("Anlan", "en")
    ('14天', 'Anlan')
    """
    told = TEXTS[key][language].format(**values) if key in TEXTS else key
    return told.replace(" %", "\u00a0%")


def percent(value: float, digits: int = 0) -> str:
    """A share as people read it; number and sign stay together.

    >>> percent(0.0294, 1)
    '2.9\\xa0%'
    """
    return f"{100 * value:.{digits}f}\u00a0%"
