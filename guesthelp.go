package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"guitai/ledger"
)

// This file is what visitors are told of the commands that they may run. A command's own help names what is not theirs to add.

// guestUse is how a visitor runs each command, with what comes of it.
var guestUse = map[string]string{
	"doctor":         "doctor [--json]  is everything there that the till needs? one line each; exit 0: nothing to look at, 1: something, 2: it could not look",
	"verify":         "verify [--json]  does every event of the journal follow the one before? exit 0: good, 1: damaged, 2: it could not look",
	"bundle":         "bundle > FILE.age  what support needs to know, encrypted: ssh without -t; bundle --fields lists all that may be in it",
	"version":        "version",
	"day":            "day [--date 2026-11-25 | --z N] [--json]  a day's sales, refunds and totals; of the day on which Z report N was made",
	"statement show": "statement show [--day 2026-11-25] [--channel C] [--json | --csv]  what the channels say of each day",
	"help":           "help  this list; --help behind a command is its line alone",
}

// usedAs finds a command's line by what a visitor has asked for.
func usedAs(name string) string {
	if name == "statement" {
		name = "statement show"
	}
	return guestUse[name]
}

// asksHelp reports whether somebody wants to be told and not to run anything.
func asksHelp(name string, args []string) bool {
	return name == "help" || slices.ContainsFunc(args, func(arg string) bool { return slices.Contains([]string{"-h", "-help", "--help"}, arg) })
}

// guestHelp is the list of what a role may run, or one command's line.
func (d *doorman) guestHelp(role ledger.Role, name string) string {
	if name != "help" {
		return usedAs(name) + "\n"
	}
	var list strings.Builder
	fmt.Fprintf(&list, "guitai %s. You come in as %s and may run:\n", version, role)
	for _, command := range d.Commands(role) {
		fmt.Fprintf(&list, "  %s\n", guestUse[command])
	}
	list.WriteString("Without a command, on a terminal: the screens.\n")
	return list.String()
}

// bundleFor tells why somebody cannot have a bundle; empty: they can.
func (d *doorman) bundleFor(terminal bool) string {
	switch {
	case d.cfg.Support.Recipient == "":
		return "nobody is named who could read it: the shop sets [support] recipient in the till's configuration"
	case terminal:
		return "it is no text for a terminal: take it into a file, without -t: ssh … bundle > FILE.age"
	}
	return ""
}

// forGuests takes from what a command has complained of the use that is not a visitor's, and puts theirs in its place.
func forGuests(name string, complained []byte) []byte {
	sentence, use, _ := bytes.Cut(complained, []byte("\n"))
	if !bytes.HasPrefix(use, []byte("guitai "+name)) {
		return complained
	}
	return slices.Concat(sentence, []byte("\n"+usedAs(name)+"\n"))
}
