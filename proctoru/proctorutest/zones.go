package proctorutest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// getTimeZoneList lists the zones that the service knows.
func (s *Server) getTimeZoneList(c call) reply {
	listed := zones
	if s.is(VariantZoneNames, "more-names") {
		listed = slices.Concat(zones, moreZones)
	}
	rows := make([]object, len(listed))
	for i, z := range listed {
		location := testserver.LoadZone(z.iana)
		local := s.now().In(location)
		description := z.id
		if s.is(VariantZoneDescription, "iana") {
			description = z.iana
		}
		rows[i] = object{
			{"TimeZoneNo", i + 1}, {"GMTOffset", hours(standardOffset(local))}, {"Id", z.id}, {"DisplayName", z.displayName(local)},
			{"Description", description}, {"SortOrder", 100}, {"LocalTime", local.Format("03:04 PM")}, {"DST", local.IsDST()},
		}
	}
	return s.success(c, rows)
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
func (s *Server) zone(name string) (location *time.Location, known bool) {
	if iana, ok := zonesByID()[strings.ToLower(name)]; ok {
		return testserver.LoadZone(iana), true
	}
	for _, z := range moreZones {
		if s.is(VariantZoneNames, "more-names") && strings.EqualFold(z.id, name) {
			return testserver.LoadZone(z.iana), true
		}
	}
	if s.is(VariantZoneNames, "unknown-is-utc") {
		return time.UTC, true
	}
	if s.is(VariantZoneNames, "iana-too") && strings.Contains(name, "/") {
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

// zoneName is a Windows name, and the zone behind it.
type zoneName struct{ id, iana, display string }

// moreZones are names that clients send, or have in their tables, and that the Unicode
// CLDR does not map: the alternative "more-names" lists them and takes them.
var moreZones = []zoneName{
	{"GMT", "Etc/GMT", "(UTC) GMT"},
	{"Australia Eastern Standard Time", "Australia/Sydney", ""},
	{"Kamchatka Standard Time", "Asia/Kamchatka", "(UTC+12:00) Petropavlovsk-Kamchatsky - Old"},
	{"Mid-Atlantic Standard Time", "Atlantic/South_Georgia", "(UTC-02:00) Mid-Atlantic - Old"},
}

// zones are the Windows names that the server knows, from west to east: all that
// the Unicode CLDR maps to a zone.
var zones = []zoneName{
	{"Dateline Standard Time", "Etc/GMT+12", "(UTC-12:00) International Date Line West"},
	{"UTC-11", "Etc/GMT+11", "(UTC-11:00) Coordinated Universal Time-11"},
	{"Hawaiian Standard Time", "Pacific/Honolulu", "(UTC-10:00) Hawaii"},
	{"Aleutian Standard Time", "America/Adak", ""},
	{"Marquesas Standard Time", "Pacific/Marquesas", ""},
	{"Alaskan Standard Time", "America/Anchorage", "(UTC-09:00) Alaska"},
	{"UTC-09", "Etc/GMT+9", ""},
	{"Pacific Standard Time (Mexico)", "America/Tijuana", "(UTC-08:00) Baja California"},
	{"Pacific Standard Time", "America/Los_Angeles", "(UTC-08:00) Pacific Time (US & Canada)"},
	{"UTC-08", "Etc/GMT+8", ""},
	{"US Mountain Standard Time", "America/Phoenix", "(UTC-07:00) Arizona"},
	{"Mountain Standard Time", "America/Denver", "(UTC-07:00) Mountain Time (US & Canada)"},
	{"Mountain Standard Time (Mexico)", "America/Mazatlan", ""},
	{"Yukon Standard Time", "America/Whitehorse", ""},
	{"Central America Standard Time", "America/Guatemala", "(UTC-06:00) Central America"},
	{"Central Standard Time", "America/Chicago", "(UTC-06:00) Central Time (US & Canada)"},
	{"Central Standard Time (Mexico)", "America/Mexico_City", "(UTC-06:00) Guadalajara, Mexico City, Monterrey"},
	{"Canada Central Standard Time", "America/Regina", ""},
	{"Easter Island Standard Time", "Pacific/Easter", ""},
	{"SA Pacific Standard Time", "America/Bogota", "(UTC-05:00) Bogota, Lima, Quito, Rio Branco"},
	{"Eastern Standard Time", "America/New_York", "(UTC-05:00) Eastern Time (US & Canada)"},
	{"Cuba Standard Time", "America/Havana", ""},
	{"Eastern Standard Time (Mexico)", "America/Cancun", ""},
	{"Haiti Standard Time", "America/Port-au-Prince", ""},
	{"Turks And Caicos Standard Time", "America/Grand_Turk", ""},
	{"US Eastern Standard Time", "America/Indiana/Indianapolis", ""},
	{"Atlantic Standard Time", "America/Halifax", "(UTC-04:00) Atlantic Time (Canada)"},
	{"SA Western Standard Time", "America/La_Paz", "(UTC-04:00) Georgetown, La Paz, Manaus, San Juan"},
	{"Pacific SA Standard Time", "America/Santiago", "(UTC-04:00) Santiago"},
	{"Central Brazilian Standard Time", "America/Cuiaba", ""},
	{"Venezuela Standard Time", "America/Caracas", ""},
	{"Newfoundland Standard Time", "America/St_Johns", "(UTC-03:30) Newfoundland"},
	{"E. South America Standard Time", "America/Sao_Paulo", "(UTC-03:00) Brasilia"},
	{"Argentina Standard Time", "America/Buenos_Aires", "(UTC-03:00) City of Buenos Aires"},
	{"Bahia Standard Time", "America/Bahia", ""},
	{"Magallanes Standard Time", "America/Punta_Arenas", ""},
	{"Montevideo Standard Time", "America/Montevideo", ""},
	{"Paraguay Standard Time", "America/Asuncion", ""},
	{"SA Eastern Standard Time", "America/Cayenne", ""},
	{"Saint Pierre Standard Time", "America/Miquelon", ""},
	{"Tocantins Standard Time", "America/Araguaina", ""},
	{"UTC-02", "Etc/GMT+2", "(UTC-02:00) Coordinated Universal Time-02"},
	{"Greenland Standard Time", "America/Nuuk", ""},
	{"Azores Standard Time", "Atlantic/Azores", "(UTC-01:00) Azores"},
	{"Cape Verde Standard Time", "Atlantic/Cape_Verde", ""},
	{"UTC", "Etc/UTC", "(UTC) Coordinated Universal Time"},
	{"GMT Standard Time", "Europe/London", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London"},
	{"Greenwich Standard Time", "Atlantic/Reykjavik", "(UTC+00:00) Monrovia, Reykjavik"},
	{"Morocco Standard Time", "Africa/Casablanca", "(UTC+01:00) Casablanca"},
	{"Sao Tome Standard Time", "Africa/Sao_Tome", ""},
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
	{"Kaliningrad Standard Time", "Europe/Kaliningrad", ""},
	{"Libya Standard Time", "Africa/Tripoli", ""},
	{"Middle East Standard Time", "Asia/Beirut", ""},
	{"Namibia Standard Time", "Africa/Windhoek", ""},
	{"South Sudan Standard Time", "Africa/Juba", ""},
	{"Sudan Standard Time", "Africa/Khartoum", ""},
	{"West Bank Standard Time", "Asia/Hebron", ""},
	{"Turkey Standard Time", "Europe/Istanbul", "(UTC+03:00) Istanbul"},
	{"Arab Standard Time", "Asia/Riyadh", "(UTC+03:00) Kuwait, Riyadh"},
	{"Russian Standard Time", "Europe/Moscow", "(UTC+03:00) Moscow, St. Petersburg"},
	{"E. Africa Standard Time", "Africa/Nairobi", "(UTC+03:00) Nairobi"},
	{"Arabic Standard Time", "Asia/Baghdad", ""},
	{"Belarus Standard Time", "Europe/Minsk", ""},
	{"Jordan Standard Time", "Asia/Amman", ""},
	{"Syria Standard Time", "Asia/Damascus", ""},
	{"Volgograd Standard Time", "Europe/Volgograd", ""},
	{"Iran Standard Time", "Asia/Tehran", "(UTC+03:30) Tehran"},
	{"Arabian Standard Time", "Asia/Dubai", "(UTC+04:00) Abu Dhabi, Muscat"},
	{"Russia Time Zone 3", "Europe/Samara", "(UTC+04:00) Izhevsk, Samara"},
	{"Astrakhan Standard Time", "Europe/Astrakhan", ""},
	{"Azerbaijan Standard Time", "Asia/Baku", ""},
	{"Caucasus Standard Time", "Asia/Yerevan", ""},
	{"Georgian Standard Time", "Asia/Tbilisi", ""},
	{"Mauritius Standard Time", "Indian/Mauritius", ""},
	{"Saratov Standard Time", "Europe/Saratov", ""},
	{"Afghanistan Standard Time", "Asia/Kabul", "(UTC+04:30) Kabul"},
	{"Pakistan Standard Time", "Asia/Karachi", "(UTC+05:00) Islamabad, Karachi"},
	{"Ekaterinburg Standard Time", "Asia/Yekaterinburg", ""},
	{"Qyzylorda Standard Time", "Asia/Qyzylorda", ""},
	{"West Asia Standard Time", "Asia/Tashkent", ""},
	{"India Standard Time", "Asia/Calcutta", "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi"},
	{"Sri Lanka Standard Time", "Asia/Colombo", ""},
	{"Nepal Standard Time", "Asia/Katmandu", "(UTC+05:45) Kathmandu"},
	{"Bangladesh Standard Time", "Asia/Dhaka", "(UTC+06:00) Dhaka"},
	{"Central Asia Standard Time", "Asia/Bishkek", ""},
	{"Omsk Standard Time", "Asia/Omsk", ""},
	{"Myanmar Standard Time", "Asia/Rangoon", "(UTC+06:30) Yangon (Rangoon)"},
	{"SE Asia Standard Time", "Asia/Bangkok", "(UTC+07:00) Bangkok, Hanoi, Jakarta"},
	{"Altai Standard Time", "Asia/Barnaul", ""},
	{"N. Central Asia Standard Time", "Asia/Novosibirsk", ""},
	{"North Asia Standard Time", "Asia/Krasnoyarsk", ""},
	{"Tomsk Standard Time", "Asia/Tomsk", ""},
	{"W. Mongolia Standard Time", "Asia/Hovd", ""},
	{"China Standard Time", "Asia/Shanghai", "(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi"},
	{"Singapore Standard Time", "Asia/Singapore", "(UTC+08:00) Kuala Lumpur, Singapore"},
	{"W. Australia Standard Time", "Australia/Perth", "(UTC+08:00) Perth"},
	{"North Asia East Standard Time", "Asia/Irkutsk", ""},
	{"Taipei Standard Time", "Asia/Taipei", ""},
	{"Ulaanbaatar Standard Time", "Asia/Ulaanbaatar", ""},
	{"Aus Central W. Standard Time", "Australia/Eucla", ""},
	{"Tokyo Standard Time", "Asia/Tokyo", "(UTC+09:00) Osaka, Sapporo, Tokyo"},
	{"Korea Standard Time", "Asia/Seoul", "(UTC+09:00) Seoul"},
	{"North Korea Standard Time", "Asia/Pyongyang", ""},
	{"Transbaikal Standard Time", "Asia/Chita", ""},
	{"Yakutsk Standard Time", "Asia/Yakutsk", ""},
	{"Cen. Australia Standard Time", "Australia/Adelaide", "(UTC+09:30) Adelaide"},
	{"AUS Central Standard Time", "Australia/Darwin", "(UTC+09:30) Darwin"},
	{"E. Australia Standard Time", "Australia/Brisbane", "(UTC+10:00) Brisbane"},
	{"AUS Eastern Standard Time", "Australia/Sydney", "(UTC+10:00) Canberra, Melbourne, Sydney"},
	{"Tasmania Standard Time", "Australia/Hobart", ""},
	{"Vladivostok Standard Time", "Asia/Vladivostok", ""},
	{"West Pacific Standard Time", "Pacific/Port_Moresby", ""},
	{"Lord Howe Standard Time", "Australia/Lord_Howe", "(UTC+10:30) Lord Howe Island"},
	{"Central Pacific Standard Time", "Pacific/Guadalcanal", "(UTC+11:00) Solomon Is., New Caledonia"},
	{"Bougainville Standard Time", "Pacific/Bougainville", ""},
	{"Magadan Standard Time", "Asia/Magadan", ""},
	{"Norfolk Standard Time", "Pacific/Norfolk", ""},
	{"Russia Time Zone 10", "Asia/Srednekolymsk", ""},
	{"Sakhalin Standard Time", "Asia/Sakhalin", ""},
	{"New Zealand Standard Time", "Pacific/Auckland", "(UTC+12:00) Auckland, Wellington"},
	{"UTC+12", "Etc/GMT-12", "(UTC+12:00) Coordinated Universal Time+12"},
	{"Fiji Standard Time", "Pacific/Fiji", ""},
	{"Russia Time Zone 11", "Asia/Kamchatka", ""},
	{"Chatham Islands Standard Time", "Pacific/Chatham", "(UTC+12:45) Chatham Islands"},
	{"Tonga Standard Time", "Pacific/Tongatapu", "(UTC+13:00) Nuku'alofa"},
	{"Samoa Standard Time", "Pacific/Apia", "(UTC+13:00) Samoa"},
	{"UTC+13", "Etc/GMT-13", ""},
	{"Line Islands Standard Time", "Pacific/Kiritimati", "(UTC+14:00) Kiritimati Island"},
}
