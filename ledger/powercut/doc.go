// Package powercut cuts the power under the ledger and looks at what is left.
//
// A program that is killed proves nothing about power: what it wrote is still in the machine's memory. Here the disk
// itself is watched. Three file systems stand under the ledger while writers append to it, each in a process of its own,
// and are killed, reopen, and go on:
//
//	ext4, XFS  on a loop device over a file in memory, which notes every block that is written and every flush
//	strict     promises what POSIX promises and nothing more: a file's bytes are durable after its fsync, a name after
//	           the fsync of its folder
//
// A writer says what it is about to append, and what Append has returned nil for. All of it stands in one list in the
// order in which it happened, a tape. A cut is a place on the tape: everything that was flushed before it is on the disk,
// and of the rest nothing, all, the first part, a random part, a random part torn inside its blocks, or everything but the
// middle of the older of two of Badger's logs. A quarter of the cuts each are anywhere, in an opening, right behind an
// acknowledgement and right behind a flush. The disk is built as it
// was at that moment, mounted, and opened by another process, which answers:
//
//	lost          events that were acknowledged before the cut and are not there, or are others
//	invented      events that are there and that nobody had tried to append
//	not openable  disk.Open failed, or did not come back
//	not whole     disk.Verify found damage, or an event appended after the cut was not there afterwards
//	mended        the opening said that it mended one copy from the other, which is no harm
//
// What an opening has shown counts as acknowledged from then on: somebody has seen it. Cuts "again" are of a tape that
// begins with what another cut has left: power fails while the till recovers.
//
// The rig proves itself on stores that are known to lose (TestTeeth). It counts flushes as the kernel does, too
// (TestOneFlushAnAppend), and gives the disk one error or slow flushes (TestOneErrorEndsAllWriting, TestSlowFlush).
//
//	go test ./... -v                                             200 cuts, about a minute
//	go test ./... -cuts 5000 -timeout 90m -v                     the long run
//	go test . -run 'TestCuts/ext4$' -seed 7 -cut 31 -v           one cut again
//	go test . -run 'TestCuts/ext4$' -seed 7 -cut 31 -tape F -v   on a tape that was kept
//
// The seed decides the writers' events, the cut and what survives it; when a block reaches the disk is the kernel's
// decision. So a failure keeps its tape in the folder that -keep names, and with -tape the same cut is the same disk.
//
// It needs Linux, root, /dev/fuse, loop devices, mkfs.ext4 or mkfs.xfs, and a GB of memory; what is missing is said and
// skipped. It is a module of its own, so that what it needs does not enter the product's go.mod.
//
// What it cannot show: a disk that lies about a flush; blocks that the kernel was still sending when a flush began count as
// covered by it if they arrived first; and the kernel writes a mapping back by itself only after half a minute, for which
// writer.stir stands in.
package powercut
