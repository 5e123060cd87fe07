package proctoru

import (
	"context"
	"time"
)

// TimeZonesService reads the time zones that the provider knows.
type TimeZonesService struct{ core *core }

// TimeZone is a time zone of the provider.
type TimeZone struct {
	ID          string        // the Windows id, which requests use
	DisplayName string        // such as "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris"
	Description string        // mostly the id again
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

func (w timeZoneWire) zone(raw RawJSON) (TimeZone, error) {
	return TimeZone{
		ID: string(w.ID), DisplayName: string(w.DisplayName), Description: string(w.Description), Number: int(w.Number),
		Offset: time.Duration(w.Offset), DST: bool(w.DST), LocalTime: string(w.LocalTime), SortOrder: int(w.SortOrder), Raw: raw,
	}, nil
}

var opTimeZonesList = get("TimeZones.List", "/getTimeZoneList")

// List returns the provider's time zones, in its order. A zone that is not in
// this list is refused by the other calls, with [ErrTimeZoneNotFound].
//
// Endpoint: GET /getTimeZoneList.
func (s *TimeZonesService) List(ctx context.Context) ([]TimeZone, error) {
	return call(ctx, s.core, opTimeZonesList, struct{}{}, func(data []byte) ([]TimeZone, error) {
		return list(data, timeZoneWire.zone)
	})
}
