package edxtest_test

import (
	"strings"
	"testing"
)

func TestAllowances(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	one, all := " "+api+"allowance", " "+api+"bulk_allowance"
	list := "GET " + api + logic + "/allowance"
	row := `{"id":10,"created":"2025-09-01T08:00:00Z","modified":"2025-09-01T08:00:00Z","user":{"id":4211,"username":"ada_l","email":"ada@example.org"},"key":"additional_time_granted","value":"30","proctored_exam":` + exam + `}`
	grant := func(user, value string) string {
		return `{"exam_id":7,"user_info":` + user + `,"key":"additional_time_granted","value":"` + value + `"}`
	}
	p.run([]step{
		{name: "the learner", request: "PUT" + one, as: learner, body: grant(`"ada_l"`, "30"), want: denied},
		{name: "unknown learner", request: "PUT" + one, as: teacher, body: grant(`"nobody"`, "30"), want: detail(400, "Cannot find user against nobody")},
		{name: "no number", request: "PUT" + one, as: teacher, body: grant(`"ada_l"`, "-1"), want: detail(400, `allowance_value "-1" should be non-negative integer value.`)},
		{name: "no exam, the teacher", request: "PUT" + one, as: teacher, body: `{"exam_id":99}`, want: detail(403, "could not determine the course_id")},
		{name: "no exam", request: "PUT" + one, as: staff, body: `{"exam_id":99}`, want: "400 application/json {"},
		{name: "an id that nobody has", request: "PUT" + one, as: teacher, body: grant("99", "30"), want: detail(400, "Cannot find user against 99")},
		{name: "by id", request: "PUT" + one, as: teacher, body: grant("4211", "10"), want: "200"},
		{name: "by address, once more", request: "PUT" + one, as: teacher, body: grant(`"ada@example.org"`, "30"), want: "200"},
		{name: "list", request: list, as: teacher, want: "200 application/json [" + row + "]"},
		{name: "by learner", request: "GET " + api + logic + "/grouped/allowance", as: teacher, want: `200 application/json {"ada_l":[` + row + `]}`},
		{name: "list, the learner", request: list, as: learner, want: denied},
		{name: "by learner, the learner", request: "GET " + api + logic + "/grouped/allowance", as: learner, want: denied},
		{name: "remove another's", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":"bob","key":"additional_time_granted"}`, want: "200"},
		{name: "remove another thing", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":4211,"key":"review_policy_exception"}`, want: "200"},
		{name: "remove it at another exam", request: "DELETE" + one, as: teacher, body: `{"exam_id":8,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		{name: "still there", request: list, as: teacher, want: "200 application/json [" + row + "]"},
		{name: "remove, by a body", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		{name: "remove what is not there", request: "DELETE" + one, as: teacher, body: `{"exam_id":7,"user_id":4211,"key":"additional_time_granted"}`, want: "200"},
		{name: "list, empty", request: list, as: teacher, want: "200 application/json []"},
		{name: "many", request: "PUT" + all, as: teacher, body: `{"exam_ids":"7,8","user_ids":"ada_l,bob","allowance_type":"time_multiplier","value":"1.5"}`, want: "200"},
		{name: "many, some unknown", request: "PUT" + all, as: teacher, body: `{"exam_ids":"7","user_ids":"ada_l,nobody","allowance_type":"additional_time_granted","value":"5"}`, want: `207 application/json [{"exam_id":"7","user_id":"ada_l"},{"exam_id":"7","user_id":"nobody"}]`},
		{name: "many, all unknown", request: "PUT" + all, as: teacher, body: `{"exam_ids":"7","user_ids":"nobody","allowance_type":"additional_time_granted","value":"5"}`, want: `400 application/json {"detail":"Enter a valid username or email","field":"user_info"}`},
		{name: "many, no factor", request: "PUT" + all, as: teacher, body: `{"exam_ids":"7","user_ids":"ada_l","allowance_type":"time_multiplier","value":"1"}`, want: detail(400, `allowance_value "1" should be a float greater than 1.0.`)},
		{name: "many, no number", request: "PUT" + all, as: teacher, body: `{"exam_ids":"7","user_ids":"ada_l","allowance_type":"additional_time_granted","value":"x"}`, want: "400 application/json {"},
		{name: "many, the learner", request: "PUT" + all, as: learner, body: `{"exam_ids":"7","user_ids":"ada_l","allowance_type":"additional_time_granted","value":"5"}`, want: denied},
	})
	var got []string
	for _, a := range p.fake.Allowances(7) {
		got = append(got, a.Username+" "+a.Value)
	}
	if got, want := strings.Join(got, ", "), "ada_l 5, bob 45"; got != want {
		t.Errorf("allowances at exam 7: %s, want %s", got, want)
	}
}
