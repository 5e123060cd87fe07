//go:build race

package scheduling_test

// less divides what the race detector makes slow without finding more in it.
const less = 5
