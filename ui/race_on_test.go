//go:build race

package ui

// underRace tells that the race detector is on: what draws thousands of frames in one goroutine takes it ten times as long and shows it
// nothing new, so that a sample is drawn then. Without the detector all of it runs: the gate does that, too.
const underRace = true
