package edxtest_test

import (
	"strings"
	"testing"
)

func TestAllowances(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	one := " " + api + "allowance"
	list := "GET " + api + logic + "/allowance"
	row := `{"id":10,"created":"2025-09-01T08:00:00Z","modified":"2025-09-01T08:00:00Z","user":{"id":4211,"username":"ada_l","email":"ada@example.org"},"key":"additional_time_granted","value":"30","proctored_exam":` + exam + `}`
	const noExam = `{"exam_id":99,"user_info":"ada_l","key":"additional_time_granted","value":"5"}`
	grant := func(user, value string) string {
		return `{"exam_id":7,"user_info":` + user + `,"key":"additional_time_granted","value":"` + value + `"}`
	}
	p.run([]step{
		{name: "the learner", request: "PUT" + one, as: learner, body: grant(`"ada_l"`, "30"), want: denied},
		{name: "unknown learner", request: "PUT" + one, as: teacher, body: grant(`"nobody"`, "30"), want: detail(400, "Cannot find user against nobody")},
		{name: "no number", request: "PUT" + one, as: teacher, body: grant(`"ada_l"`, "-1"), want: detail(400, `allowance_value "-1" should be non-negative integer value.`)},
		{name: "no exam is named", request: "PUT" + one, as: teacher, body: `{}`, want: detail(403, "could not determine the course_id")},
		{name: "no such exam, the teacher", request: "PUT" + one, as: teacher, body: noExam, want: "500 text/html"},
		{name: "no such exam, the course is named", request: "PUT" + one, as: teacher, body: strings.Replace(noExam, "{", `{"course_id":"`+logic+`",`, 1), want: "500 text/html"},
		{name: "no such exam", request: "PUT" + one, as: staff, body: noExam, want: "500 text/html"},
		{name: "an exam that is switched off", request: "PUT" + one, as: teacher, body: strings.Replace(noExam, "99", "9", 1), want: detail(400, "")},
		{name: "an id in text is a name", request: "PUT" + one, as: teacher, body: grant(`"4211"`, "30"), want: detail(400, "Cannot find user against 4211")},
		{name: "an id that nobody has", request: "PUT" + one, as: teacher, body: grant("99", "30"), want: detail(400, "Cannot find user against 99")},
		{name: "by id", request: "PUT" + one, as: teacher, body: grant("4211", "10"), want: "200"},
		{name: "by address, once more", request: "PUT" + one, as: teacher, body: grant(`"ada@example.org"`, "30"), want: "200"},
		{name: "list", request: list, as: teacher, want: "200 application/json [" + row + "]"},
		{name: "by learner", request: "GET " + api + logic + "/grouped/allowance", as: teacher, want: `200 application/json {"ada_l":[` + row + `]}`},
		{name: "list, the learner", request: list, as: learner, want: denied},
		{name: "by learner, the learner", request: "GET " + api + logic + "/grouped/allowance", as: learner, want: denied},
		{name: "remove at no such exam, the teacher", request: "DELETE" + one, as: teacher, body: `{"exam_id":99,"user_id":4211,"key":"additional_time_granted"}`, want: "500 text/html"},
		{name: "remove at no such exam", request: "DELETE" + one, as: staff, body: `{"exam_id":99,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		{name: "remove another's", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":5001,"key":"additional_time_granted"}`, want: "200"},
		{name: "remove another thing", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":4211,"key":"review_policy_exception"}`, want: "200"},
		{name: "remove it at another exam", request: "DELETE" + one, as: teacher, body: `{"exam_id":8,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		{name: "still there", request: list, as: teacher, want: "200 application/json [" + row + "]"},
		{name: "remove, by a body", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		{name: "remove what is not there", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		{name: "list, empty", request: list, as: teacher, want: "200 application/json []"},
	})
}

func TestAllowancesOfMany(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	all := "PUT " + api + "bulk_allowance"
	body := func(exams, users, kind, value string) string {
		return `{"course_id":"` + logic + `","exam_ids":"` + exams + `","user_ids":"` + users + `","allowance_type":"` + kind + `","value":"` + value + `"}`
	}
	const minutes, factor = "additional_time_granted", "time_multiplier"
	const badUser = `400 application/json {"detail":"Enter a valid username or email","field":"user_info"}`
	const badValue = `400 application/json {"detail":"Enter a valid positive value number","field":"allowance_value"}`
	withoutCourse := strings.Replace(body("7,8", "ada_l,bob", factor, "1.5"), `"course_id":"`+logic+`",`, "", 1)
	p.run([]step{
		{name: "the exams name no course", request: all, as: teacher, body: withoutCourse, want: detail(403, "could not determine the course_id")},
		{name: "global staff need none", request: all, as: staff, body: withoutCourse, want: "200"},
		{name: "the course in the body", request: all, as: teacher, body: body("7,8", "ada_l,bob", factor, "1.5"), want: "200"},
		{name: "the course in the path", request: "PUT " + api + logic + "/bulk_allowance", as: teacher, body: withoutCourse, want: "200"},
		{name: "another course in the path", request: "PUT " + api + "a/b/c/bulk_allowance", as: teacher, body: withoutCourse, want: denied},
		{name: "some unknown", request: all, as: teacher, body: body("7", "ada_l,nobody", minutes, "5"), want: `207 application/json [{"exam_id":"7","user_id":"ada_l"},{"exam_id":"7","user_id":"nobody"}]`},
		{name: "all unknown", request: all, as: teacher, body: body("7", "nobody", minutes, "5"), want: badUser},
		{name: "no such exam", request: all, as: teacher, body: body("99", "ada_l", minutes, "5"), want: badUser},
		{name: "an exam that is switched off", request: all, as: teacher, body: body("9", "ada_l", minutes, "5"), want: badUser},
		{name: "no factor", request: all, as: teacher, body: body("7", "ada_l", factor, "1"), want: badValue},
		{name: "no number", request: all, as: teacher, body: body("7", "ada_l", minutes, "x"), want: badValue},
		{name: "the learner", request: all, as: learner, body: body("7", "ada_l", minutes, "5"), want: denied},
		{name: "white space is taken out, within names too", request: all, as: teacher, body: body("7", " bo b ,\\n ada_l", minutes, "7"), want: "200"},
	})
	var got []string
	for _, a := range p.fake.Allowances(7) {
		got = append(got, a.Username+" "+a.Value)
	}
	if got, want := strings.Join(got, ", "), "ada_l 7, bob 7"; got != want {
		t.Errorf("allowances at exam 7: %s, want %s", got, want)
	}
}

// Extra time is in digits of any script, and a day at most. A factor for one learner
// changes nothing.
func TestExtraTimeThatCounts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		key, value string
		minutes    int
	}{
		"digits":                 {"additional_time_granted", "30", 30},
		"Arabic digits":          {"additional_time_granted", "٣٠", 30},
		"Adlam digits":           {"additional_time_granted", "𞥓𞥐", 30},
		"more than a day":        {"additional_time_granted", "600000", 1440},
		"a factor is a dead row": {"time_multiplier", "2", 0},
	} {
		p := newExams(t)
		p.run([]step{
			{name: name, request: "PUT " + api + "allowance", as: teacher, body: `{"exam_id":8,"user_info":"ada_l","key":"` + tt.key + `","value":"` + tt.value + `"}`, want: "200"},
			{name: "sit it", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":8,"start_clock":"true"}`, want: `200 application/json {"exam_attempt_id":11}`},
		})
		if a, _ := p.fake.Attempt(11); a.Minutes != 10+tt.minutes {
			t.Errorf("%s: the learner has %d minutes, want %d", name, a.Minutes, 10+tt.minutes)
		}
	}
}
