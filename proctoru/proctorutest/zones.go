package proctorutest

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// getTimeZoneList lists the zones that the service knows.
func (p *Server) getTimeZoneList(c call) reply {
	rows := make([]object, len(zones))
	for i, z := range zones {
		location := testserver.LoadZone(z.iana)
		local := p.now().In(location)
		rows[i] = object{
			{"TimeZoneNo", i + 1}, {"GMTOffset", hours(standardOffset(local))}, {"Id", z.id}, {"DisplayName", z.displayName(local)},
			{"Description", z.id}, {"SortOrder", 100}, {"LocalTime", local.Format("03:04 PM")}, {"DST", local.IsDST()},
		}
	}
	return p.success(c, rows)
}

// displayName is the service's own for the zones in use, else made of the zone's city.
func (z zoneName) displayName(local time.Time) string {
	if z.display != "" {
		return z.display
	}
	sign, seconds := "+", standardOffset(local)
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	city := strings.ReplaceAll(z.iana[strings.LastIndex(z.iana, "/")+1:], "_", " ")
	return fmt.Sprintf("(UTC%s%02d:%02d) %s", sign, seconds/3600, seconds/60%60, city)
}

// standardOffset is the zone's distance from UTC in seconds, outside summer time.
func standardOffset(local time.Time) int {
	_, winter := time.Date(local.Year(), time.January, 1, 0, 0, 0, 0, local.Location()).Zone()
	_, summer := time.Date(local.Year(), time.July, 1, 0, 0, 0, 0, local.Location()).Zone()
	return min(winter, summer)
}

func hours(seconds int) any {
	if seconds%3600 == 0 {
		return seconds / 3600
	}
	return decimal(strconv.FormatFloat(float64(seconds)/3600, 'f', -1, 64))
}

// zone returns the location of a time_zone_id, in any case.
func (p *Server) zone(name string) (location *time.Location, known bool) {
	if iana, ok := zonesByID()[strings.ToLower(name)]; ok {
		return testserver.LoadZone(iana), true
	}
	if p.is(VariantZoneNames, "unknown-is-utc") {
		return time.UTC, true
	}
	if p.is(VariantZoneNames, "iana-too") && strings.Contains(name, "/") {
		if location, err := time.LoadLocation(name); err == nil {
			return location, true
		}
	}
	return nil, false
}

var zonesByID = sync.OnceValue(func() map[string]string {
	byID := map[string]string{}
	for _, z := range zones {
		byID[strings.ToLower(z.id)] = z.iana
	}
	return byID
})
