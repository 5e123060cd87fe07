package edxtest_test

import (
	"testing"
)

func TestBlocks(t *testing.T) {
	t.Parallel()
	p := newExams(t)
	const path = "GET /api/courses/v1/blocks/?course_id=" + logicQuery
	const root = "block-v1:ExampleX+CS101+2026_T1+type@course+block@course"
	const page = "http://127.0.0.1/courses/" + logic + "/jump_to/"
	const course = `{"id":"` + root + `","block_id":"course","type":"course","display_name":"Logic & Proof","lms_web_url":"` + page + root + `","legacy_web_url":"` + page + root +
		`?experience=legacy","student_view_url":"http://127.0.0.1/xblock/` + root + `"}`
	const exam = `{"id":"` + final + `","block_id":"final","type":"sequential","display_name":"Final","lms_web_url":"` + page + final + `","legacy_web_url":"` + page + final +
		`?experience=legacy","student_view_url":"http://127.0.0.1/xblock/` + final + `","due":"2030-03-14T09:00:00Z","graded":true,"format":null}`
	p.run([]step{
		{name: "the course alone", request: path + "&username=ada_l", as: learner, want: `200 application/json {"root":"` + root + `","blocks":{"` + root + `":` + course + `}}`},
		{name: "a list", request: path + "&username=ada_l&return_type=list", as: learner, want: "200 application/json [" + course + "]"},
		{name: "one kind, with more fields", request: path + "&all_blocks=true&depth=all&block_types_filter=sequential&requested_fields=due,graded,format,x&return_type=list", as: teacher, want: "200 application/json [" + exam + `,{"id":"onboarding"`},
		{name: "an old course", request: "GET /api/courses/v1/blocks/?course_id=ExampleX/Old/2012&username=", want: `200 application/json {"root":"i4x://ExampleX/Old/course/2012",`},
		{name: "all of them, the learner", request: path + "&all_blocks=true", as: learner, want: deniedDev},
		{name: "for another", request: path + "&username=bob", as: learner, want: deniedDev},
		{name: "for nobody named", request: path, as: learner, want: `400 application/json {"field_errors":{"username":`},
		{name: "no key", request: "GET /api/courses/v1/blocks/", as: learner, want: `400 application/json {"field_errors":{"course_id":`},
		{name: "no course", request: "GET /api/courses/v1/blocks/?course_id=a/b/c&username=ada_l", as: learner, want: `404 application/json {"developer_message":"Not found."}`},
		{name: "no slash", request: "GET /api/courses/v1/blocks?x=1", want: "301 text/html"},
	})
}
