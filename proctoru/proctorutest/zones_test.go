package proctorutest_test

import (
	"reflect"
	"testing"
	"time"
)

func TestTimeZoneList(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	w.clock.Set(time.Date(2030, 7, 1, 20, 19, 0, 0, time.UTC))
	rows := map[any]map[string]any{}
	for _, row := range w.get("getTimeZoneList").rows() {
		rows[row["Id"]] = row
	}
	paris := rows["Romance Standard Time"]
	delete(paris, "TimeZoneNo")
	want := map[string]any{
		"GMTOffset": 1.0, "Id": "Romance Standard Time", "DisplayName": "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris",
		"Description": "Romance Standard Time", "SortOrder": 100.0, "LocalTime": "10:19 PM", "DST": true,
	}
	if !reflect.DeepEqual(paris, want) {
		t.Errorf("row = %v\nwant  %v", paris, want)
	}
	if got, want := rows["Yukon Standard Time"]["DisplayName"], "(UTC-07:00) Whitehorse"; got != want {
		t.Errorf("DisplayName = %v, want %v", got, want)
	}
	for id, offset := range map[string]float64{"India Standard Time": 5.5, "Newfoundland Standard Time": -3.5, "UTC-11": -11, "UTC": 0} {
		if got := rows[id]["GMTOffset"]; got != offset {
			t.Errorf("%s: GMTOffset = %v, want %v", id, got, offset)
		}
	}
}
