package assets

import _ "embed"

// ConfigExample is the commented configuration that `guitai config example` prints.
//
//go:embed config.example.toml
var ConfigExample string
