package testserver

import (
	"sync"
	"time"
	_ "time/tzdata" // so that the fakes know the zones on every machine
)

var loaded sync.Map // IANA name to *time.Location: loading reads files

// LoadZone returns the location of a name that is known to be in tzdata, and
// panics for any other.
func LoadZone(iana string) *time.Location {
	if location, ok := loaded.Load(iana); ok {
		return location.(*time.Location)
	}
	location, err := time.LoadLocation(iana)
	if err != nil {
		panic("testserver: " + err.Error())
	}
	loaded.Store(iana, location)
	return location
}
