// Command zoneprobe prints what LoadZone makes of its arguments. A test builds it
// without the zone data of the system, and runs it with data that lack zones.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/proctorbook/proctorbook/proctoru"
)

func main() {
	for _, name := range os.Args[1:] {
		zone, err := proctoru.LoadZone(name)
		switch {
		case errors.Is(err, proctoru.ErrUnknownZone):
			fmt.Println(name, "unknown")
		case err != nil:
			fmt.Println(name, "missing")
		default:
			fmt.Println(name, zone)
		}
	}
}
