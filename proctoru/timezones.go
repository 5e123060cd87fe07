package proctoru

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// TimeZonesService reads the time zones that the provider knows.
type TimeZonesService struct{ core *core }

// TimeZone is a time zone of the provider.
type TimeZone struct {
	ID          string        // what requests send as ZoneID: a Windows id, or one of the provider's own
	DisplayName string        // such as "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris"
	Description string        // mostly the id again; an IANA name in some lists
	IANA        string        // the Description if that is an IANA name, or else the zone that stands for the ID in the table; "" if there is neither
	Number      int           // row number; requests do not take it
	Offset      time.Duration // standard time less UTC; daylight saving time left out
	DST         bool          // daylight saving time is on
	LocalTime   string        // wall clock there when the answer was made, such as "02:05 PM"
	SortOrder   int           // place in the provider's own lists
	Raw         RawJSON       // the row as the provider sent it
}

type timeZoneWire struct {
	ID          text  `json:"Id"`
	DisplayName text  `json:"DisplayName"`
	Description text  `json:"Description"`
	Number      count `json:"TimeZoneNo"`
	Offset      hours `json:"GMTOffset"`
	DST         flag  `json:"DST"`
	LocalTime   text  `json:"LocalTime"`
	SortOrder   count `json:"SortOrder"`
}

// ianaForm is how an IANA name of a place is written.
var ianaForm = regexp.MustCompile(`^[A-Z][A-Za-z_]*(/[A-Z][A-Za-z0-9_+-]*)+$`)

func (w timeZoneWire) iana() string {
	name := strings.TrimSpace(string(w.Description))
	if _, err := ZoneName(name); err == nil || ianaForm.MatchString(name) {
		return name
	}
	zone, _ := windowsZone(string(w.ID))
	return zone.iana
}

func (w timeZoneWire) zone(raw RawJSON) (TimeZone, error) {
	return TimeZone{
		ID: string(w.ID), IANA: w.iana(), DisplayName: string(w.DisplayName), Description: string(w.Description), Number: int(w.Number),
		Offset: time.Duration(w.Offset), DST: bool(w.DST), LocalTime: string(w.LocalTime), SortOrder: int(w.SortOrder), Raw: raw,
	}, nil
}

func readTimeZones(data []byte) ([]TimeZone, error) { return list(data, timeZoneWire.zone) }

var opTimeZonesList = get("TimeZones.List", "/getTimeZoneList")

// List returns the provider's time zones, in its order. This list decides which ids
// can be sent: it may hold some that no Windows has, such as GMT (package proctorutest has
// them under VariantZoneNames "more-names"). A zone that is not
// in it is refused by the other calls, with [ErrTimeZoneNotFound].
//
// It fails with [ErrNoList] if the provider sends null, {} or nothing in place of a
// list.
//
// Endpoint: GET /getTimeZoneList.
func (s *TimeZonesService) List(ctx context.Context) ([]TimeZone, error) {
	return call(ctx, s.core, opTimeZonesList, struct{}{}, readTimeZones)
}

// FindTimeZone returns the zone of the provider's list for an IANA name: the first one
// with that name, or else the first one whose name has the same Windows id, by the
// table of [ZoneName]. It returns [ErrUnknownZone] if there is none.
//
// It is for lists that differ from the table; where the provider has the Windows ids,
// [ZoneName] does without the list.
func FindTimeZone(list []TimeZone, iana string) (TimeZone, error) {
	if iana != "" {
		for _, z := range list {
			if z.IANA == iana {
				return z, nil
			}
		}
	}
	if id, err := ZoneName(iana); err == nil {
		for _, z := range list {
			if its, err := ZoneName(z.IANA); err == nil && its == id {
				return z, nil
			}
		}
	}
	return TimeZone{}, fmt.Errorf("%w: the provider's list has none for this IANA name", ErrUnknownZone)
}
