package main

import (
	"bufio"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"guitai/assets"
	"guitai/ledger"
	"guitai/sync/sandbox"
)

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guitai.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestExampleIsTheDefault: what the example shows is what a till without a file does.
func TestExampleIsTheDefault(t *testing.T) {
	cfg, err := loadConfig(writeConfig(t, assets.ConfigExample))
	if err != nil {
		t.Fatal(err)
	}
	if want := defaultConfig(); !reflect.DeepEqual(cfg, want) {
		t.Errorf("the example gives\n%+v\nthe default is\n%+v", cfg, want)
	}
}

// TestExampleShowsEverySetting: a setting that is not in the example is one that nobody finds.
func TestExampleShowsEverySetting(t *testing.T) {
	shown := map[string]bool{}
	table := ""
	header, entry := regexp.MustCompile(`^#?\[\[?([a-z_.]+)\]`), regexp.MustCompile(`^#?([a-z0-9_]+) *=`)
	for lines := bufio.NewScanner(strings.NewReader(assets.ConfigExample)); lines.Scan(); {
		if m := header.FindStringSubmatch(lines.Text()); m != nil {
			table = m[1] + "."
		} else if m := entry.FindStringSubmatch(lines.Text()); m != nil {
			shown[table+m[1]] = true
		}
	}
	for _, key := range settings(reflect.TypeFor[Config](), "") {
		if !shown[key] {
			t.Errorf("%s is not in the example", key)
		}
		delete(shown, key)
	}
	for key := range shown {
		t.Errorf("the example shows %s, which is no setting", key)
	}
}

// settings lists the dotted keys of a configuration type.
func settings(typ reflect.Type, prefix string) []string {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return []string{strings.TrimSuffix(prefix, ".")}
	}
	var keys []string
	for i := range typ.NumField() {
		if tag := typ.Field(i).Tag.Get("toml"); tag != "" && tag != "-" {
			keys = append(keys, settings(typ.Field(i).Type, prefix+tag+".")...)
		}
	}
	return keys
}

func TestWrongEntriesAreNamedWithTheirLine(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"mode", "mode = \"live\"\n", ":1: mode = \"live\": allowed are training, sandbox, production"},
		{"staff, minutes", "[staff]\nlock_after = 1000\n", ":2: [staff] lock_after = 1000: minutes, 0 to 720"},
		{"staff, an intent", "[staff]\nsecond_person = [\"refund_own\", \"fly\"]\n", `:2: [staff] second_person: "fly" is no intent`},
		{"staff, no list", "[staff]\nsecond_person = \"resolve\"\n", `:2: [staff] second_person = "resolve": want a list of texts`},
		{"staff, no word", "[staff]\nrequired = 1\n", ":2: [staff] required = 1: want true or false"},
		{"staff, no limit", "[staff]\nrefund_above = \"0\"\n", `:2: [staff] refund_above = "0": more than nothing`},
		{"staff, no pay-out", "[staff]\npay_out = \"0\"\n", `:2: [staff] pay_out = "0": more than nothing, or take pay_out_above out`},
		{"staff, copies", "[staff]\ncopies = 0\n", ":2: [staff] copies = 0: 1 to 99"},
		{"drawer, hour", "[drawer]\nclose_at = \"24:01\"\n", `:2: [drawer] close_at = "24:01": a time from 00:01 to 24:00`},
		{"drawer, no hour", "[drawer]\nclose_at = \"7:5\"\n", `:2: [drawer] close_at = "7:5": a time`},
		{"drawer, coin", "[drawer]\ncash_step = \"2\"\n", `:2: [drawer] cash_step = "2": yuan such as "0.10", at most 1.00`},
		{"staff, codes", "[staff]\ntotp = \"yes\"\n", `:2: [staff] totp = "yes": allowed are`},
		{"unknown key", "mode = \"training\"\n\n[till]\ncolour = 1\n", ":4: [till] colour is not a setting"},
		{"wrong type", "mode = \"training\"\n[sale]\nquiet_ms = \"soon\"\n", ":3: [sale] quiet_ms = \"soon\": want a whole number"},
		{"syntax", "mode = \n", ":1:"},
		{"till name", "[till]\nname = \"toolong\"\n", ":2: [till] name = \"toolong\": one to four"},
		{"zone", "[till]\ntime_zone = \"Mars\"\n", ":2: [till] time_zone"},
		{"settle", "[sale]\n\nsettle = \"auto\"\n", ":3: [sale] settle = \"auto\": allowed are enter, quiet"},
		{"limit", "[refunds]\n\nauto_limit = \"5,00\"\n", ":3: [refunds] auto_limit = \"5,00\": yuan such as \"500.00\""},
		{"a limit that is a number", "[refunds]\nauto_limit = 500\n", ":2: [refunds] auto_limit = 500: want a text in quotes"},
		{"listen", "[notices]\nlisten = \":8089\"\n", ":2: [notices] listen = \":8089\": an address of this machine"},
		{"lang", "[screen]\nlang = \"fr\"\n", ":2: [screen] lang = \"fr\""},
		{"baud", "[scanner]\nbaud = 7\n", ":2: [scanner] baud = 7"},
		{"code row", "[[codes]]\nfirst = \"x\"\nlast = \"30\"\nmin = 16\nmax = 24\n", ":2: [[codes]] first = \"x\""},
		{"no channel", "mode = \"production\"\n", ":1: mode = \"production\" needs a channel"},
		{"plain http", "mode = \"production\"\n[alipay]\ngateway_url = \"http://127.0.0.1/gateway.do\"\n", ":3: [alipay] gateway_url"},
		{"a missing setting", "mode = \"sandbox\"\n[alipay]\ngateway_url = \"http://127.0.0.1/gateway.do\"\n", ":2: [alipay] seller_id is missing"},
		{"channels in training", "mode = \"training\"\n[alipay]\n", ":2: [alipay]: training brings its own simulator"},
		{"the first of two code rows", "[[codes]]\nfirst = \"x\"\n\n[[codes]]\nfirst = \"25\"\nlast = \"30\"\nmin = 16\nmax = 24\nchannel = \"alipay\"\n", ":2: [[codes]] first = \"x\""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := writeConfig(t, tt.text)
			_, err := loadConfig(path)
			if err == nil || !strings.Contains(err.Error(), path+tt.want) && !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, wanted %s%s", err, path, tt.want)
			}
			if !strings.Contains(err.Error(), path+":") {
				t.Errorf("no file and line in %v", err)
			}
		})
	}
}

// TestEveryWrongEntryHasItsLine: all of them in one run, each on a line of its own in the order of the file, however the
// file spells them, and no error that another one causes.
func TestEveryWrongEntryHasItsLine(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string // ":line: beginning", in order
	}{
		{"values", "mode = \"live\"\n[till]\nname = \"toolong\"\n[sale]\nsettle = \"auto\"\nquiet_ms = 1\n", []string{
			":1: mode = \"live\"", ":3: [till] name = ", ":5: [sale] settle = ", ":6: [sale] quiet_ms = "}},
		{"a mode that is none says nothing about channels", "mode = \"live\"\n", []string{":1: mode = \"live\""}},
		{"kinds, strangers and values together", "mode = 3\n[till]\nname = \"toolong\"\ncolour = 1\n[sale]\nquiet_ms = \"soon\"\nask_above = -1\n[shop]\nname = \"x\"\n", []string{
			":1: mode = 3: want a text in quotes", ":3: [till] name = ", ":4: [till] colour is not a setting",
			":6: [sale] quiet_ms = \"soon\": want a whole number", ":7: [sale] ask_above = -1", ":8: shop is not a setting"}},
		{"every kind of value", "[sale]\nquiet_ms = 1.5\nask_above = true\n[till]\nname = 2026-11-25\nshop = [1, 2]\ntime_zone = {}\n[scanner]\nserial = 07:30:00\n", []string{
			":2: [sale] quiet_ms = 1.5: want a whole number", ":3: [sale] ask_above = true: want a whole number", ":5: [till] name = 2026-11-25: want a text in quotes",
			":6: [till] shop = [...]: want a text in quotes", ":7: [till] time_zone = {...}: want a text in quotes", ":9: [scanner] serial = 07:30:00: want a text in quotes"}},
		{"tables that are none", "till = 3\ncodes = \"x\"\n[[sale]]\nsettle = \"enter\"\n", []string{
			":1: till = 3: want a table", ":2: codes = \"x\": want tables that each begin with [[codes]]", ":3: sale = [...]: want a table"}},
		{"one table for a list", "[codes]\nfirst = \"1\"\n", []string{":1: codes = {...}: want tables that each begin with [[codes]]"}},
		{"a value within a list", "codes = [{first = \"10\", last = \"16\", min = 18, max = 18}, 7]\n", []string{
			":1: codes = 7: want tables that each begin with [[codes]]"}},
		{"a table where a text belongs", "[till.name]\nx = 1\n", []string{":1: [till] name = {...}: want a text in quotes"}},
		{"other spellings", "till.name = \"toolong\"\n\"sale\" = { settle = \"auto\",  quiet_ms = 1 }\n[ scanner ] # [till]\n'baud' = 7\nserial = \"\"\"\n[sale]\nsettle = 3\"\"\"\n  idle_ms=-1\n", []string{
			":1: [till] name = ", ":2: [sale] settle = ", ":2: [sale] quiet_ms = ", ":4: [scanner] baud = 7", ":8: [scanner] idle_ms = -1"}},
		{"windows line ends", "[till]\r\nname = \"toolong\"\r\n[sale]\r\nsettle = \"auto\"\r\n", []string{":2: [till] name", ":4: [sale] settle"}},
		{"rows of codes", "[[codes]]\nfirst = \"x\"\nlast = \"30\"\nmin = 16\nmax = 99\nchannel = \"cash\"\n[[codes]]\nfirst = \"10\"\nlast = \"16\"\nmin = \"a\"\nmax = 18\n[[codes]]\n", []string{
			":2: [[codes]] first = \"x\"", ":4: [[codes]] min = 16, max = 99", ":6: [[codes]] channel = \"cash\"", ":10: [[codes]] min = \"a\": want a whole number",
			":12: [[codes]] first = \"\"", ":12: [[codes]] min = 0"}},
		{"screen and scanner", "[screen]\nlang = \"fr\"\ndefault_channel = \"cash\"\n[scanner]\nbaud = 7\nreread_ms = -2\nidle_ms = -1\n", []string{
			":2: [screen] lang", ":3: [screen] default_channel", ":5: [scanner] baud", ":6: [scanner] reread_ms", ":7: [scanner] idle_ms"}},
		{"training has no channels", "mode = \"training\"\n[wechatpay]\nmchid = 3\n[alipay]\nqr_life = 1\n", []string{
			":2: [wechatpay]: training", ":3: [wechatpay] mchid = 3", ":4: [alipay]: training"}},
		{"a wrong kind is not missing as well", "mode = \"sandbox\"\n[alipay]\ngateway_url = \"http://127.0.0.1\"\napp_id = 1\nseller_id = 2\nprivate_key_file = 3\npublic_key_file = 4\n", []string{
			":4: [alipay] app_id = 1", ":5: [alipay] seller_id = 2", ":6: [alipay] private_key_file = 3", ":7: [alipay] public_key_file = 4"}},
		{"the simulator's names", "mode = \"production\"\n[alipay]\ngateway_url = \"https://openapi.alipay.com/gateway.do\"\napp_id = \"9021000000000071\"\nseller_id = \"2088000000000071\"\n", []string{
			":2: [alipay] private_key_file is missing", ":2: [alipay] public_key_file is missing", ":4: [alipay] app_id = \"9021000000000071\": this is the simulator's", ":5: [alipay] seller_id = "}},
		{"the same twice", "[till]\nname = \"T1\"\nname = \"T2\"\n", []string{":3: key name is already defined"}},
		{"a table twice, the last line without an end", "[till]\n[sale]\n[till]", []string{":3:"}},
		{"a number that no machine holds", "[sale]\nask_above = 99999999999999999999\n", []string{":2:"}},
		{"not TOML", "mode = \"training\"\n[till\nname = \"T1\"\n", []string{":2:"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := writeConfig(t, tt.text)
			_, err := loadConfig(path)
			if err == nil {
				t.Fatal("taken")
			}
			lines := strings.Split(err.Error(), "\n")
			for i, line := range lines {
				told := strings.TrimPrefix(line, path)
				if i < len(tt.want) && !strings.HasPrefix(told, tt.want[i]) || told == line {
					t.Errorf("line %d is %q", i+1, line)
				}
				if regexp.MustCompile(`main\.|struct|Go |int64|interface|toml:|%!`).MatchString(told) {
					t.Errorf("the program's own words: %q", told)
				}
			}
			if len(lines) != len(tt.want) {
				t.Errorf("%d lines, want %d:\n%v", len(lines), len(tt.want), err)
			}
		})
	}
}

// TestSimulatorKeysStayOutOfProduction, under whatever merchant, and whichever half.
func TestSimulatorKeysStayOutOfProduction(t *testing.T) {
	keys, err := sandbox.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	server, err := sandbox.Open(sandbox.Config{Dir: t.TempDir(), Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	dir, client := t.TempDir(), server.Client()
	for name, text := range map[string]string{
		"app.pem": client.Alipay.AppPrivateKey, "alipay.pem": client.Alipay.AlipayPublicKey, "merchant.pem": client.WechatPay.MerchantPrivateKey,
		"platform.pem": client.WechatPay.PublicKey, "apiv3": strings.Repeat("k", 32),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := strings.NewReplacer("DIR", dir).Replace(`mode = "MODE"
[alipay]
gateway_url = "https://openapi.alipay.com/gateway.do"
app_id = "2021000000000000"
seller_id = "2088000000000000"
private_key_file = "DIR/app.pem"
public_key_file = "DIR/alipay.pem"
[wechatpay]
base_url = "https://api.mch.weixin.qq.com"
mchid = "1900000000"
appid = "wx0000000000000000"
merchant_serial = "00"
private_key_file = "DIR/merchant.pem"
public_key_id = "PUB_KEY_ID_1"
public_key_file = "DIR/platform.pem"
apiv3_key_file = "DIR/apiv3"
store_id = "S"
notify_url = "https://shop.example.com/wechatpay"
`)
	if _, err := loadConfig(writeConfig(t, strings.Replace(text, "MODE", modeSandbox, 1))); err != nil {
		t.Errorf("sandbox: %v", err)
	}
	_, err = loadConfig(writeConfig(t, strings.Replace(text, "MODE", modeProduction, 1)))
	if err == nil {
		t.Fatal("production takes them")
	}
	for i, line := range strings.Split(err.Error(), "\n") {
		want := []string{":6: [alipay] private_key_file", ":7: [alipay] public_key_file", ":13: [wechatpay] private_key_file", ":15: [wechatpay] public_key_file"}
		if i >= len(want) || !strings.Contains(line, want[i]) || !strings.Contains(line, "a simulator's key") {
			t.Errorf("line %q", line)
		}
	}
}

// TestAutoLimit: what a shop writes is what the Book is told, in fen; nothing on the way can round it.
func TestAutoLimit(t *testing.T) {
	for text, want := range map[string]int64{
		"": 0, "0": 0, "0.00": 0, "500": 50_000, "500.00": 50_000, "500.0": 50_000, "0.01": 1, "19.99": 1999, "9999999.99": ledger.MaxFen,
	} {
		cfg, err := loadConfig(writeConfig(t, "[refunds]\nauto_limit = \""+text+"\"\n"))
		if got := bookConfig(cfg).ReturnUpTo; err != nil || got != want {
			t.Errorf("%q: %d fen, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"-1", ".", "1.234", "10000000", "1e3", "500 ", "５00", "any", "1.2.3", "+5"} {
		if _, err := loadConfig(writeConfig(t, "[refunds]\nauto_limit = \""+text+"\"\n")); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestTrainingNamesUnionPay also where the shop's own table routes it; a real customer's code is named as such.
func TestTrainingNamesUnionPay(t *testing.T) {
	for name, text := range map[string]string{
		"built in": "", "the shop's": "[[codes]]\nfirst = \"62\"\nlast = \"62\"\nmin = 19\nmax = 19\nchannel = \"unionpay\"\n[[codes]]\nfirst = \"25\"\nlast = \"30\"\nmin = 16\nmax = 24\nchannel = \"alipay\"\n",
	} {
		cfg, err := loadConfig(writeConfig(t, text))
		if err != nil {
			t.Fatal(err)
		}
		for code, want := range map[string]ledger.Reason{"6212345678901234567": ledger.ReasonNotSetUp, "287654321098765432": ledger.ReasonCodeReal} {
			if _, _, err := cfg.codeTable().Classify([]byte(code)); ledger.ReasonOf(err) != want {
				t.Errorf("%s: %s gives %v, want %s", name, code, err, want)
			}
		}
		if _, ch, err := cfg.codeTable().Classify([]byte("280000000012345678")); err != nil || ch != ledger.Alipay {
			t.Errorf("%s: the simulator's own code: %s, %v", name, ch, err)
		}
	}
}

func TestEveryModeHasItsOwnFolder(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data")
	seen := map[string]bool{}
	for _, mode := range []string{modeTraining, modeSandbox, modeProduction} {
		cfg := Config{Mode: mode}
		dir, err := cfg.dataDir()
		if err != nil || seen[dir] {
			t.Errorf("%s: %s, %v", mode, dir, err)
		}
		seen[dir] = true
	}
}

// TestDrawerSettingsReachTheBook, outside training; there the till stays as it is.
func TestDrawerSettingsReachTheBook(t *testing.T) {
	text := "mode = \"sandbox\"\n[drawer]\nshifts = true\nclose_at = \"23:30\"\ncash_step = \"0.10\"\n"
	for _, mode := range []string{modeSandbox, modeTraining} {
		cfg := defaultConfig()
		cfg.Mode, cfg.Drawer = mode, DrawerConfig{Shifts: true, CloseAt: "23:30", CashStep: "0.10"}
		about, rule := bookConfig(cfg), cfg.Staff.seconds(mode)
		want, rules := ledger.BookConfig{Shifts: true, CloseAt: 23*time.Hour + 30*time.Minute, CashStep: 10},
			ledger.Seconds{RefundAbove: 20000, OwnSale: true, Resolve: true, NoSale: true, CopiesAbove: 2, DifferenceAbove: 500, PayOutAbove: 50000, Training: true}
		if mode == modeTraining {
			want, rules = ledger.BookConfig{}, ledger.Seconds{RefundAbove: 20000}
		}
		if about.Shifts != want.Shifts || about.CloseAt != want.CloseAt || about.CashStep != want.CashStep || rule != rules {
			t.Errorf("%s: %v %s %d, %+v", mode, about.Shifts, about.CloseAt, about.CashStep, rule)
		}
	}
	if _, err := loadConfig(writeConfig(t, text)); err != nil && strings.Contains(err.Error(), "drawer") {
		t.Error(err)
	}
	for text, want := range map[string]time.Duration{"": 0, "24:00": 24 * time.Hour, "00:01": time.Minute} {
		if got, err := (DrawerConfig{CloseAt: text}).closeAt(); err != nil || got != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"00:00", "24:01", "7:30", "07:60", "-1:00", "noon", "07:30x"} {
		if _, err := (DrawerConfig{CloseAt: text}).closeAt(); err == nil {
			t.Errorf("%q is an hour", text)
		}
	}
}
