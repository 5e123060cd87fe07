package edx

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// BlocksParams are the parameters of [CoursesService.Blocks].
type BlocksParams struct {
	Username  string   // whose view of the course it is; required unless AllBlocks is set
	AllBlocks bool     // every block, also those that no learner sees; the client must be staff of the course
	Depth     int      // levels below the course, 1 to 100; 0 is all
	Types     []string // such as "sequential", the parts that can be exams; none is every type
}

// CourseBlocks is the outline of a course.
type CourseBlocks struct {
	Root    UsageKey      // of the course itself
	Blocks  []CourseBlock // in the order of the course, then those that nothing leads to
	Problem *RowError     `json:",omitempty"` // what could not be read; nil if everything was
}

// CourseBlock is a part of a course: a chapter, a subsection, a unit, a problem.
type CourseBlock struct {
	Usage       UsageKey        // names the block: the content of an exam is one of type sequential
	Type        string          // such as chapter, sequential, vertical, problem; others may come
	Name        string          // title, plain text
	Children    []UsageKey      // in their order; nil for a leaf
	Graded      bool            // it counts towards the grade
	Format      string          // the kind of assignment, such as "Exam"; "" if there is none
	Due         time.Time       // UTC; zero if there is none
	URL         string          // where learners read it
	LegacyURL   string          // where they read it in the old view
	ViewURL     string          // of the block alone, without what is around it
	SpecialExam json.RawMessage // about a timed or proctored exam, for the user of the params, as it came; nil if it is none
	Problem     *RowError       `json:",omitempty"` // what could not be read; nil if everything was
}

type blocksWire struct {
	row
	Root   UsageKey  `json:"root"`
	Blocks *blockMap `json:"blocks"`
}

// blockMap reads an object with a member for each block, and a list of them too.
type blockMap list[blockWire]

type blockWire struct {
	row
	ID          UsageKey        `json:"id"`
	Type        textValue       `json:"type"`
	Name        textValue       `json:"display_name"`
	Children    []UsageKey      `json:"children"`
	Graded      flagValue       `json:"graded"`
	Format      textValue       `json:"format"`
	Due         timeValue       `json:"due"`
	URL         textValue       `json:"lms_web_url"`
	LegacyURL   textValue       `json:"legacy_web_url"`
	ViewURL     textValue       `json:"student_view_url"`
	SpecialExam json.RawMessage `json:"special_exam_info"`
}

// blockFields are what the platform sends only if it is asked to.
const blockFields = "children,display_name,due,format,graded,special_exam_info,type"

// Blocks returns the outline of a course as one user sees it, or all of it. It tells
// the titles and due dates of the subsections that are exams. It is not cut into
// pages, and large for a large course: ask for the types that you need.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is no such course or the user can't see it, and with
// [ErrForbidden] if the client may not use that user's rights, or see all blocks.
//
// Endpoint: GET /api/courses/v1/blocks/.
func (s *CoursesService) Blocks(ctx context.Context, course CourseKey, params BlocksParams) (*CourseBlocks, error) {
	op := operation{name: "Courses.Blocks", path: "/api/courses/v1/blocks/", query: url.Values{}, long: true}
	op.input = all(checkCourse(course), params.set(op.query))
	op.query.Set("course_id", course.String())
	answer, err := fetch[blocksWire](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	return &CourseBlocks{Root: answer.Root, Blocks: answer.inOrder(), Problem: answer.problem}, nil
}

func (p BlocksParams) set(query url.Values) (found faults) {
	query.Set("requested_fields", blockFields)
	query.Set("return_type", "dict")
	query.Set("depth", "all")
	if p.Depth != 0 {
		query.Set("depth", strconv.Itoa(p.Depth))
	}
	if p.AllBlocks {
		query.Set("all_blocks", "true")
	}
	setText(query, "username", p.Username)
	setText(query, "block_types_filter", strings.Join(p.Types, ","))
	if p.Username != "" || !p.AllBlocks {
		found = checkUsername(p.Username)
	}
	for _, name := range p.Types {
		if !isSlug(name) {
			found = append(found, invalid("type", "must be the name of a type of block, such as sequential")...)
		}
	}
	return all(found, checkRange("depth", p.Depth, 0, 100))
}

func (m *blockMap) UnmarshalJSON(raw []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return json.Unmarshal(raw, (*list[blockWire])(m))
	}
	*m = make(blockMap, len(members))
	for i, key := range slices.Sorted(maps.Keys(members)) {
		readRow(members[key], &(*m)[i])
	}
	return nil
}

func (w blocksWire) missing() string {
	if w.Blocks == nil {
		return "blocks"
	}
	return ""
}

func (w blocksWire) lacks() string {
	if w.Root.IsZero() {
		return "root"
	}
	return ""
}

func (w blockWire) missing() string {
	if w.ID.IsZero() {
		return "id"
	}
	return ""
}

// inOrder walks the course from its root, and adds what the walk did not reach.
func (w blocksWire) inOrder() []CourseBlock {
	byKey := map[UsageKey]int{}
	for i, block := range *w.Blocks {
		byKey[block.ID] = i
	}
	done := make([]bool, len(*w.Blocks))
	ordered := make([]CourseBlock, 0, len(done))
	ahead := []UsageKey{w.Root}
	for len(ahead) > 0 {
		key := ahead[len(ahead)-1]
		ahead = ahead[:len(ahead)-1]
		i, found := byKey[key]
		if !found || done[i] {
			continue
		}
		done[i] = true
		block := (*w.Blocks)[i]
		ordered = append(ordered, block.block())
		for _, child := range slices.Backward(block.Children) {
			ahead = append(ahead, child)
		}
	}
	for i, block := range *w.Blocks {
		if !done[i] {
			ordered = append(ordered, block.block())
		}
	}
	return ordered
}

func (w blockWire) block() CourseBlock {
	return CourseBlock{
		Usage: w.ID, Type: string(w.Type), Name: string(w.Name), Children: w.Children, Graded: bool(w.Graded),
		Format: string(w.Format), Due: w.Due.Time, URL: string(w.URL), LegacyURL: string(w.LegacyURL), ViewURL: string(w.ViewURL),
		SpecialExam: w.SpecialExam, Problem: w.problem,
	}
}
