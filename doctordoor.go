package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/crypto/ssh"

	"guitai/ui/console"
	"guitai/ui/remote"
)

// door looks at the door for visitors: beside an open till by knocking at it, else by opening each place for a moment.
func (w *ward) door(ctx context.Context) (console.State, string, string) {
	found := console.DoorFound{On: w.cfg.Remote.On(), Open: w.open()}
	switch {
	case !found.On:
		return console.DoorCheck(found, time.Now())
	case w.taken != nil && !found.Open:
		return w.held("")
	}
	keys, err := w.cfg.staffKeys()
	if err == nil {
		found.Key, err = remote.Fingerprint(keys.dir)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		found.KeyFault = err
	}
	if s := w.survey(); s.State != nil {
		found.Locked = s.State.DoorLockedUntil().In(w.cfg.zone())
	}
	look := listensAt
	if found.Open {
		look = func(ctx context.Context, network, at string) error { return knock(ctx, network, at, found.Key) }
	}
	for _, at := range w.cfg.Remote.Listen {
		found.Places = append(found.Places, console.DoorPlace{At: at, Err: look(ctx, "tcp", at)})
	}
	if w.cfg.Remote.Socket {
		path, err := remote.SocketPath(w.dir)
		if err == nil && found.Open { // where no till is open, one makes it
			err = look(ctx, "unix", path)
		}
		found.Places = append(found.Places, console.DoorPlace{At: remote.SocketName, Err: err})
	}
	return console.DoorCheck(found, time.Now())
}

// listensAt tells why an address cannot be listened at.
func listensAt(ctx context.Context, network, at string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, network, at)
	if err == nil {
		_ = l.Close()
	}
	return err
}

// knock goes to a door as far as the till's key, and tells why it is not this till's. Nobody comes in, and nothing is written down.
func knock(ctx context.Context, network, at, known string) error {
	ctx, cancel := context.WithTimeout(ctx, reachWithin)
	defer cancel()
	if where, err := netip.ParseAddrPort(at); network == "tcp" && err == nil { // what another machine has at this address is not ours to ask
		if err := listensAt(ctx, network, netip.AddrPortFrom(where.Addr(), 0).String()); err != nil {
			return err
		}
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, at)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(reachWithin))
	line := ahead{conn, bufio.NewReader(conn)}
	switch head, err := line.bytes.Peek(len("SSH-")); {
	case errors.Is(err, io.EOF) && len(head) == 0:
		return console.ErrShut
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrDeadlineExceeded):
		return err
	case string(head) != "SSH-":
		if said, _ := line.bytes.ReadString('\n'); remote.Declined(said) != nil {
			return console.ErrShut
		}
		return console.ErrNotTheDoor
	}
	own := errors.New("this till")
	_, _, _, err = ssh.NewClientConn(line, at, &ssh.ClientConfig{ClientVersion: "SSH-2.0-Guitai", HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback: func(_ string, _ net.Addr, host ssh.PublicKey) error {
			if ssh.FingerprintSHA256(host) == known {
				return own
			}
			return console.ErrAnotherTill
		}})
	switch {
	case errors.Is(err, own):
		return nil
	case errors.Is(err, console.ErrAnotherTill):
		return console.ErrAnotherTill
	}
	return console.ErrNotTheDoor
}
