//go:build race

package main

import "os"

// less divides what the race detector makes slow without finding more in it, unless
// PROCTORBOOK_FULL is set.
var less = lessOf(os.Getenv("PROCTORBOOK_FULL"))

func lessOf(full string) int {
	if full != "" {
		return 1
	}
	return 10
}
