package hardware

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"guitai/hardware/hwtest"
)

// TestSoak plays a seeded script of everything that happens at a counter and compares what the till gets with what was
// scanned. GUITAI_SOAK_ENTRIES sets its length (500), GUITAI_SOAK_SEED its seed (1).
func TestSoak(t *testing.T) {
	entries, seed := fromEnv(t, "GUITAI_SOAK_ENTRIES", 500), fromEnv(t, "GUITAI_SOAK_SEED", 1)
	gun := hwtest.NewGun(t)
	// A re-read window that lasts longer than the run, and a silence that a stall of the machine does not reach.
	x := startTill(t, Config{Serial: gun.Path(), RereadMS: 60_000, IdleMS: 400})
	x.until(Open)
	files := openFiles(t)
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	ends := []string{"\r", "\n", "\r\n", "\t", "\x03"}
	counts := map[string]int{}
	number := 0
	fresh := func() string {
		number++
		if r.IntN(4) == 0 {
			return "28" + strconv.Itoa(1e9+number) + strings.Repeat("7", r.IntN(12)) // to 24 digits, as Alipay's
		}
		return scan(number)
	}
	for i := range entries {
		code, end := fresh(), ends[r.IntN(len(ends))]
		kind := "plain"
		switch n := r.IntN(200); {
		case n < 60:
			gun.Type(code + end)
			x.want(code)
		case n < 66:
			kind = "with an AIM identifier"
			gun.Split("]C0"+code+end, r.IntN(5))
			if f := x.next(); string(f.Data) != code || f.AIM != "]C0" || f.End != Terminated {
				t.Errorf("%v with %q", f, f.AIM)
			}
		case n < 70:
			kind = "with a pause"
			at := r.IntN(len(code))
			gun.Type(code[:at])
			time.Sleep(time.Duration(1+r.IntN(200)) * time.Millisecond)
			gun.Type(code[at:] + end)
			x.want(code)
		case n < 110:
			kind = "split"
			gun.Split(code+end, r.IntN(len(code+end)+1))
			x.want(code)
		case n < 130:
			kind = "glued"
			second := fresh()
			gun.Glue(code+end, second+end, code+end)
			x.want(code, second)
		case n < 145:
			kind = "paced"
			gun.TypePaced(code+end, time.Duration(r.IntN(1000))*time.Microsecond)
			x.want(code)
		case n < 160:
			kind = "noise"
			gun.Noise(1+r.IntN(60), r.Uint64())
			gun.Type("\r" + code + end)
			x.want(code)
		case n < 170:
			kind = "twice"
			gun.Burst(code+end, code+end)
			x.want(code)
		case n < 178:
			kind = "foreign"
			text := "https://例え.cn/柜台?" + code
			gun.Type(text + end)
			x.want(text)
		case n < 184:
			kind = "over-long"
			gun.Type(strings.Repeat(code, 50) + "\r" + code + end)
			x.want(code)
		case n < 190:
			kind = "armed in the middle"
			gun.Split(code[:9], 5)
			x.scanner.Arm()
			second := fresh()
			gun.Type(code[9:] + end + second + end)
			x.want(second)
		case n < 194:
			kind = "unterminated"
			gun.Type(code)
			x.want("~" + code)
			time.Sleep(rejoin) // until then the next one would be taken for its rest
		default:
			kind = "unplugged in the middle"
			gun.Type(code[:1+r.IntN(len(code)-1)])
			gun.Unplug()
			x.until(Absent)
			gun.Replug()
			x.until(Open)
			gun.Type(code + end)
			x.want(code)
		}
		counts[kind]++
		if t.Failed() {
			t.Fatalf("at entry %d, %s", i, kind)
		}
	}
	x.quiet(gun)
	if now := openFiles(t); now != files {
		t.Errorf("%d files are open at the end, %d at the beginning", now, files)
	}
	t.Logf("%d entries, seed %d: %v", entries, seed, counts)
}

func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
