package channel

import "errors"

// What can be wrong with a notice. The texts are fixed: a notice may come from anybody, and what it says is kept nowhere
// unless its signature is good.
var (
	ErrNoticeShape     = errors.New("this is no notice of the channel")
	ErrNoticeSignature = errors.New("the notice's signature is missing, wrong or too old")
	ErrNoticeSealed    = errors.New("the notice cannot be opened with the APIv3 key")
)
