package ledger

import (
	"maps"
	"sync"
	"time"
)

// Board is what is true only now and is on no disk: links, devices, requests in flight. Workers write it, screens read
// it. Losing it loses nothing.
type Board struct {
	mu      sync.Mutex
	now     BoardView
	changed chan struct{}
}

// LinkState is how a channel's line is.
type LinkState string

// The states of a link.
const (
	LinkStarting LinkState = "starting"
	LinkUp       LinkState = "up"
	LinkSlow     LinkState = "slow"
	LinkDown     LinkState = "down"
)

// Link is one channel's line as the worker sees it.
type Link struct {
	State   LinkState
	Since   time.Time
	Latency time.Duration // of the last answer
	Cause   string        // for support
	At      time.Time     // of the last answer; zero before
	Answers uint32        // in the fifteen minutes up to it
	Failed  uint32        // of them: none came, or none that can be trusted
}

// DeviceKind is what stands on the counter.
type DeviceKind string

// The devices.
const (
	DeviceScanner DeviceKind = "scanner"
	DevicePrinter DeviceKind = "printer" // the drawer hangs on it
	DeviceVoice   DeviceKind = "voice"
	DevicePole    DeviceKind = "pole" // the customer's line display
	DevicePage    DeviceKind = "page" // the customer's page in a browser
)

// DeviceKinds lists them in the order of the counter.
var DeviceKinds = []DeviceKind{DeviceScanner, DevicePrinter, DeviceVoice, DevicePole, DevicePage}

// DeviceState is how a device is.
type DeviceState string

// The states of a device.
const (
	DeviceOff      DeviceState = "off" // not configured
	DeviceReady    DeviceState = "ready"
	DeviceAbsent   DeviceState = "absent"
	DeviceNoAccess DeviceState = "no-access"
	DeviceBusy     DeviceState = "busy"
	DeviceNoise    DeviceState = "noise"
	DeviceNoPaper  DeviceState = "no-paper"
	DeviceLowPaper DeviceState = "low-paper" // it prints, and not for long
	DeviceOpen     DeviceState = "cover-open"
	DeviceOffline  DeviceState = "offline"
	DeviceMute     DeviceState = "mute"   // it takes data and does not tell how it is
	DeviceFailed   DeviceState = "failed" // it was tried, and did not do it
)

// DeviceStates lists them, for tests that demand words for each.
var DeviceStates = []DeviceState{DeviceOff, DeviceReady, DeviceAbsent, DeviceNoAccess, DeviceBusy, DeviceNoise, DeviceNoPaper, DeviceLowPaper,
	DeviceOpen, DeviceOffline, DeviceMute, DeviceFailed}

// Troubled reports whether somebody should look at a device that is so.
func (s DeviceState) Troubled() bool {
	return s != "" && s != DeviceOff && s != DeviceReady && s != DeviceMute
}

// Device is a device as its owner sees it.
type Device struct {
	State DeviceState
	Since time.Time
	Cause string // for support
}

// Device gives a device of the board; one that nobody has told of is off.
func (v *BoardView) Device(kind DeviceKind) Device {
	device := v.Devices[kind]
	if device.State == "" {
		device.State = DeviceOff
	}
	return device
}

// Disk is how much room the ledger has.
type Disk struct {
	Free uint64 // bytes
	Low  bool   // worth a look
	Full bool   // no new sale
}

// Outside is how far the ledger is known outside its folder.
type Outside struct {
	Seq   uint64 // the last event of the newest checkpoint there; 0 when none was kept since the opening
	At    time.Time
	Fault string // why the newest could not be kept; for support
}

// Doing is what the worker does for an order, or for a refund, right now.
type Doing struct {
	Request Request
	Since   time.Time
	Tries   int       // requests of this kind so far
	Next    time.Time // when the next request is due; zero while one is in flight
}

// BoardView is one look at the board.
type BoardView struct {
	Version     uint64
	Links       map[Channel]Link
	Devices     map[DeviceKind]Device // of the counter
	Hushed      bool                  // the voice was told to be silent
	Doing       map[string]Doing      // by Owed.Key
	Backlog     int                   // orders that still owe something to a channel
	ClockSkew   time.Duration         // the channels' clock minus ours, where known
	Disk        Disk                  // of the data folder
	Outside     Outside               // heads in a second folder, where one is configured
	LedgerFault string                // damage that the walk behind the first screen has found: the next opening mends it
	BackupFault string                // why the backup is not up to date; for support
	Displays    int                   // customer displays that follow the till
	Dark        bool                  // there was such a display, and now there is none
	BadScan     *BadScan              // the last refused scan, until the next key
	Notices     Notices               // what channels have sent by themselves
	Badge       *Badge                // the last badge of the staff that was scanned
	Statements  map[Channel]Statements
}

// StatementsState is how far a channel's statements are.
type StatementsState string

// The states.
const (
	StatementsFetching  StatementsState = "fetching"
	StatementsComparing StatementsState = "comparing"
	StatementsGood      StatementsState = "good"    // the last one is compared
	StatementsAwaited   StatementsState = "awaited" // the channel is still making it
	StatementsRefused   StatementsState = "refused" // the channel does not give it
	StatementsFault     StatementsState = "fault"   // it is tried again
)

// Statements is what is done about a channel's statements now.
type Statements struct {
	State StatementsState
	Day   Day
	Since time.Time
	Cause string // for support
}

// Notices counts what has come at the receiver of notices, since the opening.
type Notices struct {
	Taken    uint64    // the ledger has them, or knew it all before
	Repeated uint64    // sent once more
	Forged   uint64    // no channel has signed them; nothing of them was believed
	Foreign  uint64    // signed, and of no payment or refund of this till
	Failed   uint64    // signed, and not taken: the channel sends them again
	Last     time.Time // of the last signed one
	Fault    string    // why none can be received; for support
}

// BadScan is a refused scan, for the screen.
type BadScan struct {
	Reason Reason
	Looks  Looks
	At     time.Time
}

// Badge is a scanned badge: it names a person and proves nothing.
type Badge struct {
	Person string
	At     time.Time
}

// NewBoard gives an empty board.
func NewBoard() *Board {
	return &Board{
		now:     BoardView{Links: map[Channel]Link{}, Doing: map[string]Doing{}, Statements: map[Channel]Statements{}, Devices: map[DeviceKind]Device{}},
		changed: make(chan struct{}),
	}
}

// Post changes the board. change must not block; it is called once.
func (b *Board) Post(change func(*BoardView)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.now)
	b.now.Version++
	close(b.changed)
	b.changed = make(chan struct{})
}

// View gives a copy.
func (b *Board) View() BoardView {
	b.mu.Lock()
	defer b.mu.Unlock()
	view := b.now
	view.Links = maps.Clone(b.now.Links)
	view.Devices = maps.Clone(b.now.Devices)
	view.Doing = maps.Clone(b.now.Doing)
	view.Statements = maps.Clone(b.now.Statements)
	return view
}

// Changed gives a channel that is closed at the next change. Take it before looking.
func (b *Board) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}
