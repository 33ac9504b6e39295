package powercut

import "testing"

// TestTeeth: the rig finds what is wrong. Badger that does not sync has lost acknowledged events after nearly every cut;
// Badger that syncs every commit never syncs its folder, so a strictly POSIX file system forgets its files' names; and a
// store that is one sync late is found right behind every acknowledgement.
func TestTeeth(t *testing.T) {
	t.Parallel()
	for _, side := range []struct {
		name  string
		kind  *kindOfFS
		store string
		modes []mode
		least float64 // of the cuts must be found bad
	}{
		{"ext4 async Badger alone", &ext4, badgerAsync, diskModes, 0.9},
		{"strict syncing Badger alone", nil, badgerSync, []mode{none}, 0.25}, // some 60 %: compactions do sync the folder
		{"ext4 one sync late", &ext4, lateStore, []mode{none}, 1},
		{"strict one sync late", nil, lateStore, []mode{none}, 1},
	} {
		t.Run(side.name, func(t *testing.T) {
			t.Parallel()
			s := raised(t, setting{kind: side.kind})
			if err := s.perform(job{Store: side.store, Seed: *seedFlag, Day: firstDay, Shape: shapeLong, Count: 1500}, killing(0)); err != nil {
				t.Fatal(err)
			}
			tp := lower(t, s)
			var cuts []cut
			for number := range 20 {
				c := tp.cut(*seedFlag, number, side.modes)
				c.point = tp.behind(max(c.point, tp.Start+len(tp.Entries[tp.Start:])/10), is(acked))
				cuts = append(cuts, c)
			}
			bad := 0
			for _, r := range replayed(t, side.kind, side.store, tp, cuts) {
				tally.add(side.name, r)
				bad += count(!r.verdict.good())
			}
			t.Logf("%d of %d cuts found bad", bad, len(cuts))
			if float64(bad) < side.least*float64(len(cuts)) {
				t.Errorf("only %d of %d cuts found bad: the rig sees nothing", bad, len(cuts))
			}
		})
	}
}
