package remote

import (
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// TestManual reads the settings as they stand in a file.
func TestManual(t *testing.T) {
	key, authority := line(testKey(t)), line(testKey(t))
	text := `
listen = ["127.0.0.1:2222", "[::1]:2222"]
socket = true
require_source_address = true
authorities = ["` + authority + `"]
[[person]]
name = "林安娜"
role = "supervisor"
keys = ["` + key + `"]
from = ["10.0.0.0/8", "2001:db8::1", "socket"]
[[person]]
name = "Ben"
role = "support"
principals = ["ben", "support"]
`
	var c Config
	if err := toml.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	g, _ := c.guests()
	if len(g.keys) != 1 || len(g.principals) != 2 || len(g.authorities) != 1 || !g.demandSource || !c.On() {
		t.Errorf("%+v", g)
	}
}

// TestCheck: each wrong setting is named by one sentence that begins with its name.
func TestCheck(t *testing.T) {
	key, other := line(testKey(t)), line(testKey(t))
	short := line(rsaKey(t, 2048))
	cert := strings.TrimSpace(certLine(t))
	for _, c := range []struct {
		change func(*Config)
		want   string // the beginning; empty: nothing is wrong
	}{
		{func(*Config) {}, ""},
		{func(c *Config) { *c = Config{} }, ""},
		{func(c *Config) { c.Listen = []string{"127.0.0.1"} }, `listen = "127.0.0.1": `},
		{func(c *Config) { c.Listen = []string{"till:2222"} }, `listen = "till:2222": `},
		{func(c *Config) { c.Listen = []string{"127.0.0.1:0"} }, `listen = "127.0.0.1:0": `},
		{func(c *Config) { c.Person = nil }, "person: the door is to be opened for nobody"},
		{func(c *Config) { c.Person[0].Name = "" }, `person.0.name = "": `},
		{func(c *Config) { c.Person[0].Name = "a\x1b[2J" }, `person.0.name = "a\x1b[2J": `},
		{func(c *Config) { c.Person[0].Name = strings.Repeat("安", maxName+1) }, `person.0.name = `},
		{func(c *Config) { c.Person[0].Name = "Till" }, `person.0.name = "Till": `},
		{func(c *Config) { c.Person[0].Name = "123456" }, `person.0.name = "123456": `},
		{func(c *Config) { c.Person[0].Name = "anna " }, `person.0.name = "anna ": `},
		{func(c *Config) {
			c.Person = append(c.Person, Person{Name: "anna", Role: "support", Keys: []string{other}})
		}, `person.1.name = "anna": `},
		{func(c *Config) { c.Person[0].Role = "cashier" }, `person.0.role = "cashier": `},
		{func(c *Config) { c.Person[0].Role = "" }, `person.0.role = "": `},
		{func(c *Config) { c.Person[0].Keys = nil }, "person.0.keys: without a key"},
		{func(c *Config) { c.Person[0].Keys = []string{"ssh-ed25519"} }, "person.0.keys.0: not a public key"},
		{func(c *Config) { c.Person[0].Keys = []string{""} }, "person.0.keys.0: not a public key"},
		{func(c *Config) { c.Person[0].Keys = []string{key + "\n" + other} }, "person.0.keys.0: not a public key"},
		{func(c *Config) { c.Person[0].Keys = []string{"no-touch-required " + key} }, "person.0.keys.0: options before a key"},
		{func(c *Config) { c.Person[0].Keys = []string{"cert-authority " + key} }, "person.0.keys.0: options before a key"},
		{func(c *Config) { c.Person[0].Keys = []string{short} }, "person.0.keys.0: an RSA key must have 3072 bits"},
		{func(c *Config) { c.Person[0].Keys = []string{cert} }, "person.0.keys.0: a certificate is no key"},
		{func(c *Config) { c.Person[0].Keys = []string{key, key + " again"} }, "person.0.keys.1: this key stands twice"},
		{func(c *Config) {
			c.Person = append(c.Person, Person{Name: "ben", Role: "support", Keys: []string{key}})
		}, "person.1.keys.0: this key stands twice"},
		{func(c *Config) { c.Person[0].Principals = []string{"anna"} }, "authorities: persons have principals"},
		{func(c *Config) { c.Authorities = []string{other} }, "authorities: no person has principals"},
		{func(c *Config) { c.Authorities, c.Person[0].Principals = []string{"x"}, []string{"a"} }, "authorities.0: not a public key"},
		{func(c *Config) { c.Authorities, c.Person[0].Principals = []string{other}, []string{"a", "a"} }, `person.0.principals.1 = "a": `},
		{func(c *Config) { c.Authorities, c.Person[0].Principals = []string{other}, []string{" "} }, `person.0.principals.0 = " ": `},
		{func(c *Config) { c.Person[0].From = []string{"office"} }, `person.0.from.0 = "office": `},
		{func(c *Config) { c.Person[0].From = []string{"::ffff:10.0.0.0/104"} }, `person.0.from.0 = "::ffff:10.0.0.0/104": `},
		{func(c *Config) { c.Person[0].From = []string{"10.0.0.0/8", ""} }, `person.0.from.1 = "": `},
	} {
		cfg := Config{Listen: []string{"127.0.0.1:2222"}, Person: []Person{{Name: "anna", Role: "supervisor", Keys: []string{key + " anna@office"}}}}
		c.change(&cfg)
		err := cfg.Check()
		switch {
		case c.want == "" && err == nil:
		case err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n"):
			t.Errorf("got %v\nwant %s…", err, c.want)
		}
	}
}

// TestAllAtOnce: all that is wrong is told at once.
func TestAllAtOnce(t *testing.T) {
	err := Config{Listen: []string{"x"}, Person: []Person{{}, {Name: "b", Role: "boss", Keys: []string{"x"}, From: []string{"y"}}}}.Check()
	if got := strings.Count(err.Error(), "\n") + 1; got != 7 {
		t.Errorf("%d sentences:\n%v", got, err)
	}
}
