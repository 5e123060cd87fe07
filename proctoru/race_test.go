//go:build race

package proctoru

// RaceEnabled tells tests that measure, or that run long, of the race detector.
const RaceEnabled = true
