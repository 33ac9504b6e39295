//go:build race

package disk

// underRace tells that the race detector is on: what opens a folder dozens of times in one goroutine shows it nothing new after a few.
// Without the detector all of it runs: the gate does that, too.
const underRace = true
