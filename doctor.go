package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"guitai/ledger"
	"guitai/ledger/disk"
	"guitai/ui/console"
)

// This file is what `guitai doctor` looks at, in the order in which it tells it. A later check is one more row in doctor.

// ward is a till under examination. Where no till has its data folder, the doctor does for its few seconds: a till that wants to open
// meanwhile is told so, and never finds its devices in other hands.
type ward struct {
	cfg  Config
	dir  string // the data folder
	test bool   // press the test buttons
	// taken is why no device may be opened: a till is open, or nobody can tell.
	taken error
	spool string // a folder for what the printer tries, where a till's own must not be touched
	// survey looks at the ledger, once.
	survey func() *console.Survey
}

// doctor makes the checks of a configured till. end gives back what they hold.
func doctor(what console.Examination) (checks []console.Check, end func(), err error) {
	_, checks, end, err = examination(what)
	return checks, end, err
}

// examination brings a till under examination.
func examination(what console.Examination) (_ *ward, checks []console.Check, end func(), err error) {
	cfg, err := configure(options{config: what.Config, dataDir: what.DataDir})
	if err != nil {
		return nil, nil, nil, err
	}
	w := &ward{cfg: cfg, test: what.Test}
	if w.dir, err = cfg.dataDir(); err != nil {
		return nil, nil, nil, fmt.Errorf("guitai doctor: %w", err)
	}
	if w.spool, err = os.MkdirTemp("", "guitai-doctor-"); err != nil {
		return nil, nil, nil, fmt.Errorf("guitai doctor: a folder for what it tries: %w", err)
	}
	w.survey = sync.OnceValue(func() *console.Survey { return console.LookAt(w.dir) })
	release, err := disk.Share(w.dir)
	if err != nil {
		w.taken, release = err, func() error { return nil }
	}
	end = func() {
		_ = release() // it was only held to be shared
		_ = os.RemoveAll(w.spool)
	}
	checks = []console.Check{
		{Name: "data folder", Run: w.dataFolder},
		{Name: "disk", Run: w.room},
		{Name: string(ledger.DeviceScanner), Run: w.scanner},
		{Name: string(ledger.DevicePrinter), Run: w.printer},
		{Name: string(ledger.DeviceVoice), Run: w.voice},
		{Name: string(ledger.DevicePole), Run: w.pole},
		{Name: string(ledger.DevicePage), Run: w.page},
		{Name: "door", Run: w.door},
	}
	return w, append(checks, w.system()...), end, nil
}

// open reports whether it is known that another process has the data folder.
func (w *ward) open() bool { return ledger.ReasonOf(w.taken) == ledger.ReasonDiskInUse }

// dataFolder looks at the folder of the ledger and at who has it.
func (w *ward) dataFolder(context.Context) (console.State, string, string) {
	dir, isNew := existing(w.dir)
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return faultState(err), err.Error(), "let the till's user look into it"
	case !info.IsDir():
		return "failed", dir + " is no folder", "name another one with data_dir"
	}
	switch err := unix.Access(dir, unix.R_OK|unix.W_OK|unix.X_OK); {
	case errors.Is(err, syscall.EROFS):
		return "read-only", dir + " is on a disk that is mounted read-only", "look at the system's log; a disk that was made read-only may be failing"
	case err != nil:
		return faultState(err), fmt.Sprintf("%s: %v", dir, err), "run this as the till's user, or give that user the folder"
	case isNew:
		return console.Ready, w.dir + " is not there yet: the till makes it", ""
	case w.open():
		return console.Ready, console.Cause(w.taken).Error(), ""
	case w.taken != nil:
		return faultState(w.taken), w.taken.Error(), "run this as the till's user: only that user can tell whether the till is open"
	case !disk.Holds(dir):
		return console.Ready, dir + " has no ledger yet: the till makes it", ""
	}
	return console.Ready, dir + ", no till has it open", ""
}

// room looks at how much the disk of the data folder has left.
func (w *ward) room(context.Context) (console.State, string, string) {
	dir, _ := existing(w.dir)
	room, err := disk.Room(dir)
	says := fmt.Sprintf("%d MB free", room.Free>>20)
	switch {
	case err != nil:
		return faultState(err), err.Error(), "let the till's user look into the folder"
	case room.Full:
		return "full", says + ": the till takes no new sale", "remove files that are not the till's, or give it a larger disk"
	case room.Low:
		return "low", says, "remove files that are not the till's before it is full: then the till takes no new sale"
	}
	return console.Ready, says, ""
}

// existing is the nearest folder that is there on the way to one; isNew when that is not the one itself.
func existing(dir string) (at string, isNew bool) {
	for at = filepath.Clean(dir); ; at, isNew = filepath.Dir(at), true {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			return at, isNew
		}
	}
}

func faultState(err error) console.State {
	if errors.Is(err, fs.ErrPermission) {
		return "no-access"
	}
	return "failed"
}

// page looks at the port of the customer's page. An open till's page is asked as a browser would ask it; the port stays its own.
func (w *ward) page(ctx context.Context) (console.State, string, string) {
	at := w.cfg.Page.Listen
	if at == "" {
		return notConfigured()
	}
	err := w.cfg.Page.Test(ctx)
	switch {
	case err == nil && w.taken != nil:
		return console.Ready, "the till's page is at http://" + at + "/", ""
	case err == nil:
		return "busy", at + " has the page of another till", otherPort
	case w.open():
		return "failed", err.Error(), "look at the open till's device page with /; if another program answers: " + otherPort
	case w.taken != nil:
		return w.held(err.Error())
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at)
	switch {
	case err == nil:
		_ = listener.Close()
		return console.Ready, at + " is free; the open till shows the page there", ""
	case errors.Is(err, syscall.EADDRINUSE):
		return "busy", at + " is taken by another program", otherPort
	case errors.Is(err, fs.ErrPermission):
		return "no-access", err.Error(), "choose a port from 1024 on: listen under [page]"
	}
	return "failed", err.Error(), "choose another address of this machine, such as 127.0.0.1:8090: listen under [page]"
}

const otherPort = "close that one, or choose another port: listen under [page]"

// held is what can be said of a device that an open till has, or may have.
func (w *ward) held(says string) (console.State, string, string) {
	if w.open() {
		return console.Held, strings.TrimPrefix(says+"; the open till has it", "; "), "look at its device page with /"
	}
	return console.Held, strings.TrimPrefix(says+"; it is not known whether a till is open, so it was not tried", "; "), "run this as the till's user"
}

// node looks at a device file without opening it.
func node(path string) (state console.State, says, hint string) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "absent", path + " is not there", ""
	case err != nil:
		return faultState(err), err.Error(), ""
	case info.Mode()&os.ModeCharDevice == 0:
		return "absent", path + " is no device", noDevice
	}
	if err := unix.Access(path, unix.R_OK|unix.W_OK); err != nil {
		return faultState(err), fmt.Sprintf("%s: %v", path, err), ""
	}
	return console.Ready, path + " is there", ""
}

const noDevice = "name the device's own file: serial ports are under /dev/serial/by-id, USB printers are /dev/usb/lp0 and up"
