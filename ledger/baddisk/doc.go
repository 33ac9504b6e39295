// Package baddisk asks what a bad disk does to a till's ledger: a call that fails once or for ever, a disk that is full,
// one that is read-only, one that is slow, one that cannot be read just then. It has tests only. A module of its own keeps
// their file system out of the product's list of dependencies.
//
// A till runs in a process of its own, on a folder behind a FUSE mount or a loop device, and says on a pipe which events
// it tries to append and which the ledger acknowledged. Afterwards another process opens what is left on the healthy
// disk below, and the two accounts are compared: what was acknowledged is there, what was never tried is not, both copies
// agree, and one more append is taken.
//
//	go test .                                                          a sample, one call of each kind
//	go test . -run TestFailingCall -every -parallel 4 -timeout 60m -v   every call; the table is printed at the end
//	go test . -run TestFailingCall/all/journal/write/EIO/once -nth 12 -say -v
//
// The tests need Linux, root, /dev/fuse and loop devices, and say so where one is missing. No power cut is simulated
// here: a failing sync fails, and what was written stays.
package baddisk
