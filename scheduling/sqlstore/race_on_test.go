//go:build race

package sqlstore_test

// less divides what the race detector makes slow without finding more in it.
const less = 10
