package console

import (
	"io/fs"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestDoorCheck(t *testing.T) {
	c := check("door")
	failed := func(op string, no syscall.Errno) error {
		return &net.OpError{Op: op, Net: "tcp", Err: os.NewSyscallError(op, no)}
	}
	door := func(open bool, errs ...error) DoorFound {
		f := DoorFound{On: true, Open: open, Key: "SHA256:x"}
		for i, err := range errs {
			f.Places = append(f.Places, DoorPlace{At: []string{"192.0.2.1:2222", "remote.sock"}[i], Err: err})
		}
		return f
	}
	refused := failed("connect", syscall.ECONNREFUSED)
	locked, unlocked, unborn, closed := door(true, ErrShut), door(true, nil), door(false, nil), door(true, nil)
	locked.Locked, unlocked.Locked, unborn.Key, closed.KeyFault = noon.Add(time.Hour), noon, "", &fs.PathError{Op: "open", Path: "remote.hostkey", Err: fs.ErrPermission}
	wantsChecked(t,
		c(DoorCheck(DoorFound{}, noon)).is(Off, "none"),
		c(DoorCheck(door(true, nil, nil), noon)).is(Ready, "the open till listens at 192.0.2.1:2222, remote.sock; its key is SHA256:x"),
		c(DoorCheck(door(false, nil), noon)).is(Ready, "free for the open till: 192.0.2.1:2222; its key is SHA256:x"),
		c(DoorCheck(unborn, noon)).is(Ready, "gets its key when"),
		c(DoorCheck(closed, noon)).is("no-access", "remote.hostkey"),
		c(DoorCheck(locked, noon)).is("locked", "nobody comes in before 13:00"),
		c(DoorCheck(unlocked, noon)).is(Ready, "listens"),
		c(DoorCheck(door(true, ErrShut), noon)).is("full", "too many"),
		c(DoorCheck(door(false, failed("bind", syscall.EADDRINUSE)), noon)).is("busy", "taken by another program -> close that one"),
		c(DoorCheck(door(false, failed("bind", syscall.EADDRNOTAVAIL)), noon)).is("failed", "no address of this machine"),
		c(DoorCheck(door(false, failed("bind", syscall.EACCES)), noon)).is("no-access", "from 1024 on"),
		c(DoorCheck(door(true, ErrNotTheDoor, fs.ErrNotExist), noon)).is("busy", "192.0.2.1:2222: something else answers"),
		c(DoorCheck(door(true, nil, ErrAnotherTill), noon)).is("busy", "not this till"),
		c(DoorCheck(door(true, refused, failed("connect", syscall.EACCES)), noon)).is("no-access", "as the till's user"),
		c(DoorCheck(door(true, refused, fs.ErrNotExist), noon)).is("failed", "the till is open and does not listen at 192.0.2.1:2222 -> the till tries again"),
	)
}
