package disk

import (
	"guitai/ledger"
)

// This file is for those who look at a data folder from outside, and neither open nor change it.

// Share keeps every till out of a data folder until release, and writes nothing. A refusal with ReasonDiskInUse names the process that has
// the folder; any other error means that nobody can tell whether one has. A folder that no till has opened yet is free, and stays open to
// one.
func Share(dir string) (release func() error, err error) {
	lock, err := shareFolder(dir)
	if err != nil {
		return nil, err
	}
	return lock.release, nil
}

// Room is how much room the disk of a folder has, by the bounds that an open till goes by. Free is given in any case, in bytes.
func Room(dir string) (ledger.Disk, error) {
	free, total, err := lookRoom(dir)
	bounds := roomOn(total)
	return ledger.Disk{Free: free, Low: free < bounds.low, Full: free < bounds.full}, err
}
