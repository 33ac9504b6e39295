//go:build race

package main

// underRace tells that the race detector is on: what computes in one goroutine shows it nothing new after a sample. Without the detector
// all of it runs: the gate does that, too.
const underRace = true
