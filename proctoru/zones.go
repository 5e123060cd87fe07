package proctoru

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

//go:generate go run ./internal/zonegen -cldr $CLDR -out zones_gen.go

// ErrUnknownZone means that the table of time zones does not hold a name.
var ErrUnknownZone = errors.New("proctoru: unknown time zone")

// windowsName is a Windows id and the IANA zone that stands for it.
type windowsName struct {
	id     string
	iana   string // its present name
	legacy string // its name in older copies of the IANA data, "" if it is the same
}

// ianaName is an IANA name, present or former, and the Windows id of its zone.
type ianaName struct{ iana, id string }

// ZoneName returns the Windows id, which the provider wants, for an IANA name
// or one of its aliases: "Romance Standard Time" for "Europe/Paris". Several
// zones may share one id. It returns [ErrUnknownZone] for a name that CLDR does not list.
func ZoneName(iana string) (string, error) {
	i, ok := slices.BinarySearchFunc(ianaNames[:], iana, func(n ianaName, want string) int { return cmp.Compare(n.iana, want) })
	if !ok {
		return "", fmt.Errorf("%w: not an IANA name with a Windows id, such as Europe/Paris", ErrUnknownZone)
	}
	return ianaNames[i].id, nil
}

// Location returns the zone for a Windows id, in any case. It returns
// [ErrUnknownZone] for an id that CLDR does not list, and the error of
// [time.LoadLocation] where the machine has no time zone data: import
// time/tzdata in your program then.
func Location(windows string) (*time.Location, error) {
	zone, ok := windowsZone(windows)
	if !ok {
		return nil, fmt.Errorf("%w: not a Windows id, such as Romance Standard Time", ErrUnknownZone)
	}
	if zone.id == "UTC" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(zone.iana)
	if err != nil && zone.legacy != "" {
		loc, err = time.LoadLocation(zone.legacy)
	}
	if err != nil {
		return nil, fmt.Errorf("proctoru: Location: %w", err)
	}
	return loc, nil
}

func windowsZone(id string) (windowsName, bool) {
	i, ok := slices.BinarySearchFunc(windowsNames[:], id, func(n windowsName, want string) int { return compareFold(n.id, want) })
	if !ok {
		return windowsName{}, false
	}
	return windowsNames[i], true
}

// compareFold compares as strings.ToLower on both would, for ASCII and without allocating.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(lower(a[i]), lower(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// windowsID returns a known id in the table's spelling.
func windowsID(id string) string {
	zone, _ := windowsZone(id)
	return zone.id
}
