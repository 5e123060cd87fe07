package testserver

import (
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // so that the fake knows the zones on every machine
)

// getTimeZoneList lists the zones that the service knows.
func (p *ProctorU) getTimeZoneList(c call) reply {
	rows := make([]object, len(zones))
	for i, z := range zones {
		location := loadZone(z.iana)
		local := p.now().In(location)
		rows[i] = object{
			{"TimeZoneNo", i + 1}, {"GMTOffset", standardOffset(local)}, {"Id", z.id}, {"DisplayName", z.display},
			{"Description", z.id}, {"SortOrder", 100}, {"LocalTime", local.Format("03:04 PM")}, {"DST", local.IsDST()},
		}
	}
	return p.success(c, rows)
}

// standardOffset is the zone's distance from UTC in hours, outside summer time.
func standardOffset(local time.Time) any {
	_, winter := time.Date(local.Year(), time.January, 1, 0, 0, 0, 0, local.Location()).Zone()
	_, summer := time.Date(local.Year(), time.July, 1, 0, 0, 0, 0, local.Location()).Zone()
	seconds := min(winter, summer)
	if seconds%3600 == 0 {
		return seconds / 3600
	}
	return decimal(strconv.FormatFloat(float64(seconds)/3600, 'f', -1, 64))
}

// zone returns the location of a time_zone_id, in any case.
func (p *ProctorU) zone(name string) (location *time.Location, known bool) {
	if iana, ok := zonesByID()[strings.ToLower(name)]; ok {
		return loadZone(iana), true
	}
	if p.is(ZoneNames, "unknown-is-utc") {
		return time.UTC, true
	}
	if p.is(ZoneNames, "iana-too") && strings.Contains(name, "/") {
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

var loaded sync.Map // IANA name to *time.Location: loading reads files

func loadZone(iana string) *time.Location {
	if location, ok := loaded.Load(iana); ok {
		return location.(*time.Location)
	}
	location, err := time.LoadLocation(iana)
	if err != nil {
		panic("testserver: " + err.Error()) // the names below are in tzdata
	}
	loaded.Store(iana, location)
	return location
}

// zones are the Windows names that the fake knows, with the zone behind each.
var zones = []struct{ id, iana, display string }{
	{"Dateline Standard Time", "Etc/GMT+12", "(UTC-12:00) International Date Line West"},
	{"UTC-11", "Etc/GMT+11", "(UTC-11:00) Coordinated Universal Time-11"},
	{"Hawaiian Standard Time", "Pacific/Honolulu", "(UTC-10:00) Hawaii"},
	{"Alaskan Standard Time", "America/Anchorage", "(UTC-09:00) Alaska"},
	{"Pacific Standard Time (Mexico)", "America/Tijuana", "(UTC-08:00) Baja California"},
	{"Pacific Standard Time", "America/Los_Angeles", "(UTC-08:00) Pacific Time (US & Canada)"},
	{"US Mountain Standard Time", "America/Phoenix", "(UTC-07:00) Arizona"},
	{"Mountain Standard Time", "America/Denver", "(UTC-07:00) Mountain Time (US & Canada)"},
	{"Central America Standard Time", "America/Guatemala", "(UTC-06:00) Central America"},
	{"Central Standard Time", "America/Chicago", "(UTC-06:00) Central Time (US & Canada)"},
	{"Central Standard Time (Mexico)", "America/Mexico_City", "(UTC-06:00) Guadalajara, Mexico City, Monterrey"},
	{"SA Pacific Standard Time", "America/Bogota", "(UTC-05:00) Bogota, Lima, Quito, Rio Branco"},
	{"Eastern Standard Time", "America/New_York", "(UTC-05:00) Eastern Time (US & Canada)"},
	{"Atlantic Standard Time", "America/Halifax", "(UTC-04:00) Atlantic Time (Canada)"},
	{"SA Western Standard Time", "America/La_Paz", "(UTC-04:00) Georgetown, La Paz, Manaus, San Juan"},
	{"Pacific SA Standard Time", "America/Santiago", "(UTC-04:00) Santiago"},
	{"Newfoundland Standard Time", "America/St_Johns", "(UTC-03:30) Newfoundland"},
	{"E. South America Standard Time", "America/Sao_Paulo", "(UTC-03:00) Brasilia"},
	{"Argentina Standard Time", "America/Buenos_Aires", "(UTC-03:00) City of Buenos Aires"},
	{"UTC-02", "Etc/GMT+2", "(UTC-02:00) Coordinated Universal Time-02"},
	{"Azores Standard Time", "Atlantic/Azores", "(UTC-01:00) Azores"},
	{"UTC", "Etc/UTC", "(UTC) Coordinated Universal Time"},
	{"GMT Standard Time", "Europe/London", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London"},
	{"Greenwich Standard Time", "Atlantic/Reykjavik", "(UTC+00:00) Monrovia, Reykjavik"},
	{"Morocco Standard Time", "Africa/Casablanca", "(UTC+01:00) Casablanca"},
	{"W. Europe Standard Time", "Europe/Berlin", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"},
	{"Central Europe Standard Time", "Europe/Budapest", "(UTC+01:00) Belgrade, Bratislava, Budapest, Ljubljana, Prague"},
	{"Romance Standard Time", "Europe/Paris", "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris"},
	{"Central European Standard Time", "Europe/Warsaw", "(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb"},
	{"W. Central Africa Standard Time", "Africa/Lagos", "(UTC+01:00) West Central Africa"},
	{"GTB Standard Time", "Europe/Bucharest", "(UTC+02:00) Athens, Bucharest"},
	{"Egypt Standard Time", "Africa/Cairo", "(UTC+02:00) Cairo"},
	{"E. Europe Standard Time", "Europe/Chisinau", "(UTC+02:00) Chisinau"},
	{"South Africa Standard Time", "Africa/Johannesburg", "(UTC+02:00) Harare, Pretoria"},
	{"FLE Standard Time", "Europe/Kiev", "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius"},
	{"Israel Standard Time", "Asia/Jerusalem", "(UTC+02:00) Jerusalem"},
	{"Turkey Standard Time", "Europe/Istanbul", "(UTC+03:00) Istanbul"},
	{"Arab Standard Time", "Asia/Riyadh", "(UTC+03:00) Kuwait, Riyadh"},
	{"Russian Standard Time", "Europe/Moscow", "(UTC+03:00) Moscow, St. Petersburg"},
	{"E. Africa Standard Time", "Africa/Nairobi", "(UTC+03:00) Nairobi"},
	{"Iran Standard Time", "Asia/Tehran", "(UTC+03:30) Tehran"},
	{"Arabian Standard Time", "Asia/Dubai", "(UTC+04:00) Abu Dhabi, Muscat"},
	{"Russia Time Zone 3", "Europe/Samara", "(UTC+04:00) Izhevsk, Samara"},
	{"Afghanistan Standard Time", "Asia/Kabul", "(UTC+04:30) Kabul"},
	{"Pakistan Standard Time", "Asia/Karachi", "(UTC+05:00) Islamabad, Karachi"},
	{"India Standard Time", "Asia/Calcutta", "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi"},
	{"Nepal Standard Time", "Asia/Katmandu", "(UTC+05:45) Kathmandu"},
	{"Bangladesh Standard Time", "Asia/Dhaka", "(UTC+06:00) Dhaka"},
	{"Myanmar Standard Time", "Asia/Rangoon", "(UTC+06:30) Yangon (Rangoon)"},
	{"SE Asia Standard Time", "Asia/Bangkok", "(UTC+07:00) Bangkok, Hanoi, Jakarta"},
	{"China Standard Time", "Asia/Shanghai", "(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi"},
	{"Singapore Standard Time", "Asia/Singapore", "(UTC+08:00) Kuala Lumpur, Singapore"},
	{"W. Australia Standard Time", "Australia/Perth", "(UTC+08:00) Perth"},
	{"Tokyo Standard Time", "Asia/Tokyo", "(UTC+09:00) Osaka, Sapporo, Tokyo"},
	{"Korea Standard Time", "Asia/Seoul", "(UTC+09:00) Seoul"},
	{"Cen. Australia Standard Time", "Australia/Adelaide", "(UTC+09:30) Adelaide"},
	{"AUS Central Standard Time", "Australia/Darwin", "(UTC+09:30) Darwin"},
	{"E. Australia Standard Time", "Australia/Brisbane", "(UTC+10:00) Brisbane"},
	{"AUS Eastern Standard Time", "Australia/Sydney", "(UTC+10:00) Canberra, Melbourne, Sydney"},
	{"Lord Howe Standard Time", "Australia/Lord_Howe", "(UTC+10:30) Lord Howe Island"},
	{"Central Pacific Standard Time", "Pacific/Guadalcanal", "(UTC+11:00) Solomon Is., New Caledonia"},
	{"New Zealand Standard Time", "Pacific/Auckland", "(UTC+12:00) Auckland, Wellington"},
	{"UTC+12", "Etc/GMT-12", "(UTC+12:00) Coordinated Universal Time+12"},
	{"Chatham Islands Standard Time", "Pacific/Chatham", "(UTC+12:45) Chatham Islands"},
	{"Tonga Standard Time", "Pacific/Tongatapu", "(UTC+13:00) Nuku'alofa"},
	{"Samoa Standard Time", "Pacific/Apia", "(UTC+13:00) Samoa"},
	{"Line Islands Standard Time", "Pacific/Kiritimati", "(UTC+14:00) Kiritimati Island"},
}
