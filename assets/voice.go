package assets

// VoicePhrases are what the till says aloud. A clip is a recording of one of them; the hardware joins clips to an announcement.
type VoicePhrases struct {
	Clips []VoiceClip // every clip of the language, in the order of the list
}

// VoiceClip is one recording: its file is Name.wav, and Says is what is spoken in it.
type VoiceClip struct{ Name, Says string }

var zhVoice = VoicePhrases{Clips: []VoiceClip{
	{"training", "训练，不是真钱"},
	{"alipay", "支付宝"}, {"wechat", "微信"}, {"unionpay", "银联"},
	{"received", "收款"}, {"tail", "尾号"},
	{"failed", "收款失败"}, {"unknown", "结果未知，正在查询，请不要交货"},
	{"refunded", "退款已完成"}, {"refused", "这个码不能收款"}, {"attention", "请看屏幕"}, {"test", "声音测试"},
	{"0", "零"}, {"1", "一"}, {"2", "二"}, {"3", "三"}, {"4", "四"}, {"5", "五"}, {"6", "六"}, {"7", "七"}, {"8", "八"}, {"9", "九"},
	{"yao", "幺"}, {"liang", "两"},
	{"10", "十"}, {"100", "百"}, {"1000", "千"}, {"10000", "万"}, {"point", "点"}, {"yuan", "元"},
}}

var enVoice = VoicePhrases{Clips: []VoiceClip{
	{"training", "Training, no real money."},
	{"alipay", "Alipay"}, {"wechat", "WeChat"}, {"unionpay", "UnionPay"},
	{"received", "received"}, {"tail", "number"},
	{"failed", "Payment failed."}, {"unknown", "Result unknown, the till is asking. Do not hand over."},
	{"refunded", "Refund done."}, {"refused", "This code cannot pay."}, {"attention", "Please look at the screen."}, {"test", "Sound test."},
	{"0", "zero"}, {"1", "one"}, {"2", "two"}, {"3", "three"}, {"4", "four"}, {"5", "five"}, {"6", "six"}, {"7", "seven"},
	{"8", "eight"}, {"9", "nine"}, {"10", "ten"}, {"11", "eleven"}, {"12", "twelve"}, {"13", "thirteen"}, {"14", "fourteen"},
	{"15", "fifteen"}, {"16", "sixteen"}, {"17", "seventeen"}, {"18", "eighteen"}, {"19", "nineteen"},
	{"20", "twenty"}, {"30", "thirty"}, {"40", "forty"}, {"50", "fifty"}, {"60", "sixty"}, {"70", "seventy"}, {"80", "eighty"},
	{"90", "ninety"}, {"100", "hundred"}, {"1000", "thousand"}, {"1000000", "million"}, {"point", "point"}, {"yuan", "yuan"},
}}
