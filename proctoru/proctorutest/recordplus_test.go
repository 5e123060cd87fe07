package proctorutest_test

import (
	"testing"
)

func TestRecordPlus(t *testing.T) {
	t.Parallel()
	w := inProcess(t)
	made := w.recordPlus("Address1", "1 Rue Example", "City", "Paris", "ZipCode", "75005")
	w.recordPlus()
	sessions := w.fake.RecordPlusSessions()

	if len(sessions) != 2 || made.members["reservation_uuid"] != sessions[0].UUID || sessions[0].UUID == sessions[1].UUID {
		t.Fatalf("answer = %s, sessions = %+v; want two", made.body, sessions)
	}
	if url, _ := made.members["url"].(string); launchToken.FindString(url) != url || url == "" {
		t.Errorf("url = %q, want one that signs in", url)
	}
	if profile, _ := w.fake.Learner("learner-7"); profile["address1"] != "1 Rue Example" || profile["city"] != "Paris" || profile["zipcode"] != "75005" {
		t.Errorf("profile = %v, want the address, whose names have capitals here", profile)
	}
	for range 2 {
		if got := w.post("exams/add_record_plus_exams/fulfill", "reservation_uuid", sessions[0].UUID); got.members["reservation_uuid"] != sessions[0].UUID {
			t.Errorf("fulfill = %s", got.body)
		}
	}
	sessions = w.fake.RecordPlusSessions()
	if !sessions[0].Fulfilled || sessions[1].Fulfilled || sessions[0].ExamID != "e-5" || sessions[0].StudentID != "learner-7" || !sessions[0].Made.Equal(monday) {
		t.Errorf("sessions = %+v, want the first one fulfilled", sessions)
	}
}
