package edx_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

func blockKey(kind, id string) edx.UsageKey {
	return edx.MustUsageKey("block-v1:ExampleX+CS101+2026_T1+type@" + kind + "+block@" + id)
}

const blocksQuery = "?course_id=course-v1%3AExampleX%2BCS101%2B2026_T1&depth=all&requested_fields=children%2Cdisplay_name%2Cdue%2Cformat%2Cgraded%2Cspecial_exam_info%2Ctype&return_type=dict&username=ada_l"

// The blocks come in the order of the course, whatever the order of the answer.
func TestCoursesBlocks(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json("GET /api/courses/v1/blocks/"+blocksQuery, wire(t, "blocks.json"))
	got, err := p.client(t).Courses.Blocks(t.Context(), cs101, edx.BlocksParams{Username: username})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, block := range got.Blocks {
		names = append(names, block.Name)
	}
	if want := []string{"Logic & Proof", "Week 2", "Final", "Week 1", "Stray"}; !reflect.DeepEqual(names, want) || got.Root != got.Blocks[0].Usage || got.Problem != nil {
		t.Errorf("Blocks = %q, problem %v, want %q", names, got.Problem, want)
	}
	exam := got.Blocks[2]
	if exam.Usage != final || exam.Type != "sequential" || !exam.Graded || exam.Format != "Exam" || !exam.Due.Equal(utc("2026-07-01T16:00:00Z")) ||
		!strings.Contains(string(exam.SpecialExam), "Proctored Exam") || exam.LegacyURL == "" || exam.ViewURL == "" || !strings.Contains(exam.URL, "jump_to") {
		t.Errorf("the exam is %+v", exam)
	}
	if want := []edx.UsageKey{final}; !reflect.DeepEqual(got.Blocks[1].Children, want) {
		t.Errorf("children %v, want %v", got.Blocks[1].Children, want)
	}
}

// What is asked for goes into the query.
func TestCoursesBlocksOfSome(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	route := "GET /api/courses/v1/blocks/" + strings.Replace(strings.Replace(blocksQuery, "depth=all", "depth=2", 1), "username=ada_l", "", 1)
	route = strings.TrimSuffix(strings.Replace(route, "?course_id", "?all_blocks=true&block_types_filter=chapter%2Csequential&course_id", 1), "&")
	p.json(route, `{"root":"block-v1:a+b+c+type@course+block@course","blocks":[{"id":"block-v1:a+b+c+type@sequential+block@x"}]}`)
	got, err := p.client(t).Courses.Blocks(t.Context(), cs101, edx.BlocksParams{AllBlocks: true, Depth: 2, Types: []string{"chapter", "sequential"}})
	if err != nil || len(got.Blocks) != 1 { // without its parents, since they are of other types
		t.Errorf("Blocks = %+v, %v, want the block", got, err)
	}
}

// Odd blocks, and a course that leads back to itself, cost nothing.
func TestCoursesBlocksOdd(t *testing.T) {
	t.Parallel()
	course, unit := blockKey("course", "course"), blockKey("vertical", "u")
	body := fmt.Sprintf(`{"root":%[1]q,"blocks":{%[1]q:{"id":%[1]q,"children":[%[1]q,%[2]q,%[2]q]},%[2]q:{"id":%[2]q,"due":"soon","display_name":"U","children":[%[1]q]},"x":{"id":"x"},"y":7}}`, course, unit)
	p := newLMS(t)
	p.json("GET /api/courses/v1/blocks/"+blocksQuery, body)
	client := p.client(t)
	got, err := client.Courses.Blocks(t.Context(), cs101, edx.BlocksParams{Username: username})
	if err != nil || len(got.Blocks) != 4 || got.Blocks[1].Name != "U" || !got.Blocks[1].Problem.Concerns("due") || !got.Blocks[2].Problem.Concerns("id") || got.Blocks[3].Problem == nil {
		t.Errorf("Blocks = %+v, %v, want four, the last three with a problem", got, err)
	}
	p.json("GET /api/courses/v1/blocks/"+blocksQuery, `{"root":"x"}`)
	if _, err := client.Courses.Blocks(t.Context(), cs101, edx.BlocksParams{Username: username}); !errors.Is(err, edx.ErrNotJSON) {
		t.Errorf("no blocks: %v, want ErrNotJSON", err)
	}
	p.json("GET /api/courses/v1/blocks/"+blocksQuery, `{"root":"x","blocks":{}}`)
	if got, err := client.Courses.Blocks(t.Context(), cs101, edx.BlocksParams{Username: username}); err != nil || !got.Problem.Concerns("root") {
		t.Errorf("an odd root: %+v, %v, want its problem", got, err)
	}
}

func TestCoursesBlocksBadInput(t *testing.T) {
	t.Parallel()
	client := newLMS(t).client(t)
	for field, params := range map[string]edx.BlocksParams{
		"username": {}, "depth": {Username: "a", Depth: -1}, "type": {AllBlocks: true, Types: []string{"a,b"}},
	} {
		_, err := client.Courses.Blocks(t.Context(), cs101, params)
		if bad, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || bad.Fields[0].Field != field {
			t.Errorf("%+v: error = %v, want a ValidationError about the %s", params, err, field)
		}
	}
}
