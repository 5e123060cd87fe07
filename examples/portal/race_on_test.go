//go:build race

package main

// less divides what the race detector makes slow without finding more in it.
const less = 10
