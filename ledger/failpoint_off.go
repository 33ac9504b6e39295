//go:build !failpoints

package ledger

// Failpoint names a place where the process may die: between two durable writes, or between one and an effect outside. It is
// empty, and nothing of it is in the program; with the build tag failpoints a test can end the process there (failpoint_on.go).
func Failpoint(string) {}
