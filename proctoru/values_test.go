package proctoru_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/proctorbook/proctorbook/proctoru"
)

func TestMoney_Cents(t *testing.T) {
	t.Parallel()
	for text, want := range map[proctoru.Money]int64{
		"0": 0, "0.0": 0, "30": 3000, "30.00": 3000, "30.5": 3050, "30.5000": 3050, "-1.05": -105, "8.50": 850, "92233720368547758.06": 9223372036854775806,
	} {
		if got, err := text.Cents(); got != want || err != nil {
			t.Errorf("Money(%q).Cents() = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []proctoru.Money{"", "-", ".5", "1.005", "1e3", "30,00", "$30", "1.-5", "+1", " 1", "99999999999999999999"} {
		if got, err := text.Cents(); !errors.Is(err, proctoru.ErrNotMoney) {
			t.Errorf("Money(%q).Cents() = %d, %v, want ErrNotMoney", text, got, err)
		}
	}
}

// Money stays text: a float would turn 0.1 + 0.2 into something else.
func TestMoney_UnmarshalJSON(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]proctoru.Money{
		`30`: "30", `30.10`: "30.10", `"30.00"`: "30.00", `" 8.5 "`: "8.5", `null`: "", `{}`: "", `[30]`: "", `0.1000000000000000055`: "0.1000000000000000055",
	} {
		var got proctoru.Money
		if err := json.Unmarshal([]byte(raw), &got); got != want || err != nil {
			t.Errorf("Money of %s = %q, %v, want %q", raw, got, err, want)
		}
	}
}

func TestReservationNo_UnmarshalJSON(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]proctoru.ReservationNo{
		`12`: "12", `"12"`: "12", `"00012"`: "12", `12.0`: "12", `"12.000"`: "12", `" 12 "`: "12", `900000515`: "900000515",
		`123456789012345678901234567890`: "123456789012345678901234567890",
		`0`:                              "", `"0"`: "", `""`: "", `null`: "", `-1`: "", `1.5`: "", `1e3`: "", `"x"`: "", `true`: "", `{}`: "", `[12]`: "", `"\u0031\u0032"`: "12",
	} {
		got := proctoru.ReservationNo("before")
		if err := json.Unmarshal([]byte(raw), &got); got != want || err != nil {
			t.Errorf("ReservationNo of %s = %q, %v, want %q", raw, got, err, want)
		}
	}
	if _, err := proctoru.ParseReservationNo("twelve"); !errors.Is(err, proctoru.ErrNotNumber) {
		t.Errorf("ParseReservationNo(twelve) error = %v, want ErrNotNumber", err)
	}
}

func TestReservationNo_Compare(t *testing.T) {
	t.Parallel()
	got := []proctoru.ReservationNo{"900", "99", "1000", "", "9", "100"}
	slices.SortFunc(got, proctoru.ReservationNo.Compare)
	if want := []proctoru.ReservationNo{"", "9", "99", "100", "900", "1000"}; !slices.Equal(got, want) {
		t.Errorf("sorted = %v, want %v", got, want)
	}
}
