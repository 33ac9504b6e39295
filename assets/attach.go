package assets

// AttachPhrases are what a till says behind the refusal of a folder that an open one has.
type AttachPhrases struct {
	LooksIn string // there is a door: the command that goes in
	NoDoor  string // there is none: how to have one
}

var enAttach = AttachPhrases{
	LooksIn: "{command} looks in without stopping it",
	NoDoor:  "to look into an open till, set [remote] socket = true and open it again",
}

var zhAttach = AttachPhrases{
	LooksIn: "不关掉它也可以旁观：{command}",
	NoDoor:  "想旁观开着的柜台程序，请设置 [remote] socket = true 并重新打开它",
}
