//! The mistakes that an SWC file can have.

use cable::{Branch, Build, CableError, Cell, Compartment, Solver, Swc, build_init_and_step_fn};

fn refused(expected: &[(&str, &str)]) {
    for (text, message) in expected {
        assert_eq!(Cell::from_swc(text, 2).unwrap_err().to_string(), *message, "{text}");
    }
}

#[test]
fn the_error_of_a_point_names_its_line() {
    refused(&[
        ("", "there are no points: give one a line"),
        (
            "cell.swc",
            "'cell.swc' is not a point of 7 numbers: give the text of an SWC file, or pass its path to \
             Swc::read",
        ),
        (
            "/home/my name/cell.swc\n",
            "'/home/my name/cell.swc' is not a point of 7 numbers: give the text of an SWC file, or pass \
             its path to Swc::read",
        ),
        (
            "C:\\My Data\\a path, of 7 words, with commas.swc",
            "'C:\\My Data\\a path, of 7 words, with commas.swc' is not a point of 7 numbers: give the text \
             of an SWC file, or pass its path to Swc::read",
        ),
        (
            "2024 data/cell.swc",
            "'2024 data/cell.swc' is not a point of 7 numbers: give the text of an SWC file, or pass its \
             path to Swc::read",
        ),
        (
            "1,1,0,0,0,8,-1",
            "line 1 has 1 column: give 7, separated by blanks, which are id, type, x, y, z, radius and \
             parent",
        ),
        (
            "1; 1; 0; 0; 0; 8; -1",
            "line 1: the id is '1;': give a whole number, with blanks between columns and a point in a \
             decimal",
        ),
        (
            "1 1 0,5 0 0 8 -1",
            "line 1: the x is '0,5': give a finite number, with blanks between columns and a point in a \
             decimal",
        ),
        (
            "1 1 0 0 0 1",
            "line 1 has 6 columns: give 7, separated by blanks, which are id, type, x, y, z, radius and \
             parent",
        ),
        ("\n1 1 0 zero 0 1 -1", "line 2: the y is 'zero': give a finite number"),
        ("1 1 0 0 nan 1 -1", "line 1: the z is 'nan': give a finite number"),
        ("1.5 1 0 0 0 1 -1", "line 1: the id is '1.5': give a whole number"),
        ("1 1 0 0 0 -2 -1", "line 1: the radius is '-2': give one that is not negative"),
    ]);
}

#[test]
fn the_error_of_a_tree_names_its_lines() {
    refused(&[
        (
            "1 1 0 0 0 0 -1",
            "line 1: the radius is 0, as in all of compartment 0 of 2 of the branch from line 1 to line \
             1: give the smallest radius by min_radius(..)",
        ),
        (
            "1 3 0 0 0 1 -1\n2 3 1 0 0 0 1\n\n3 3 9 0 0 0 2",
            "line 4: the radius is 0, as in all of compartment 1 of 2 of the branch from line 1 to line \
             4: give the smallest radius by min_radius(..)",
        ),
        (
            // The axon has the radius of its own point.
            "1 1 0 0 0 1 -1\n2 1 0 0 1 1 1\n3 2 0 0 9 0 2",
            "line 3: the radius is 0, as in all of compartment 0 of 2 of the branch from line 2 to line \
             3: give the smallest radius by min_radius(..)",
        ),
        (
            "1 1 0 0 0 1 -1\n1 1 0 0 9 1 1",
            "line 2: id 1 is that of line 1: give another, or call join_duplicates() if the lines are \
             one point",
        ),
        (
            "1 1 0 0 0 1 -1\n2 1 0 0 9 1 7",
            "line 2: parent 7 does not exist: give the id of a point, or -1 for the root",
        ),
        (
            "1 1 0 0 0 1 0\n2 1 0 0 9 1 1",
            "line 1: parent 0 does not exist: give the id of a point, or -1 for the root; if 0 means \
             the root here, call root_parent(0)",
        ),
        (
            // Point 2 is not on the circle.
            "1 1 0 0 0 1 -1\n2 1 0 0 9 1 3\n3 1 0 9 9 1 4\n4 1 0 9 9 1 3",
            "line 4: point 4 and its parent 3 are on a circle: correct a parent",
        ),
        (
            "0 1 0 0 0 8 0\n1 3 9 0 0 1 0",
            "line 1: point 0 is its own parent: give another one; if the point is the root, give -1 or \
             call root_parent(0)",
        ),
        (
            "4 1 0 0 0 1 -1\n2 1 0 0 9 1 -1\n3 3 9 0 0 1 2\n6 3 0 0 9 1 -1",
            "there are 3 trees, with roots in lines 1, 2, 4: give all but one root a parent, or choose a \
             tree by tree_of(id) or tree_of_soma()",
        ),
        (
            "1 3 0 0 0 1 -1",
            "line 1: point 1 is alone, of type 3: give it type 1 for a sphere, or a second point",
        ),
        (
            "1 1 0 0 0 1 -1\n2 1 0 0 0 1 1",
            "the branch from line 1 to line 2 has no length: keep one point",
        ),
        (
            // Line 1, the soma, is not where the branch starts.
            "1 1 0 0 0 1 -1\n2 3 0 0 9 1 1\n3 3 0 0 9 1 2",
            "the branch from line 2 to line 3 has no length: keep one point",
        ),
    ]);
    let empty = Cell::from_swc("1 1 0 0 0 1 -1\n2 3 9 0 0 1 1", 0).unwrap_err().to_string();
    assert_eq!(empty, "the branch from line 1 to line 1 has no compartment: give at least one");
}

#[test]
fn the_error_of_an_option_says_what_else_to_pass() {
    type Option = fn(Swc) -> Result<Swc, CableError>;
    let ones = "1 1 0 0 0 1 -1\n2 2 0 0 9 1 1\n3 3 0 0 18 1 2";
    let somata = "1 1 0 0 0 1 -1\n2 2 0 0 9 1 1\n3 1 0 0 18 1 -1";
    let expected: [(&str, Option, &str); 10] = [
        (ones, |swc| swc.scale(0.0), "scale is 0: give a number from 1e-50 to 1e50"),
        (ones, |swc| swc.min_radius(-1.0), "min_radius is -1: give a number from 1e-50 to 1e50"),
        (
            ones,
            |swc| swc.max_branch_len(f64::NAN),
            "max_branch_len is NaN: give a number from 1e-50 to 1e50",
        ),
        (
            ones,
            |swc| Ok(swc.ignore_types([2])),
            "line 3: parent 2, of line 2, is of type 2, which is ignored: ignore type 3 too, or neither",
        ),
        (
            ones,
            |swc| Ok(swc.ignore_types(1..4)),
            "all points are of types that are ignored: keep one of their types",
        ),
        (
            ones,
            |swc| Ok(swc.tree_of(7)),
            "no point with id 7 is read, whose tree is chosen: pass tree_of the id of one that is; the \
             ids are from 1 to 3",
        ),
        (
            ones,
            |swc| Ok(swc.ignore_types([2, 3]).tree_of(2)),
            "no point with id 2 is read, whose tree is chosen: pass tree_of the id of one that is; the \
             ids are from 1 to 1",
        ),
        (
            ones,
            |swc| Ok(swc.ignore_types(1..4).tree_of(2)),
            "all points are of types that are ignored: keep one of their types",
        ),
        (
            "2 3 0 0 0 1 -1\n1 3 0 0 9 1 2",
            |swc| Ok(swc.tree_of_soma()),
            "no point is of type 1, the soma: choose a tree by tree_of(id)",
        ),
        (
            somata,
            |swc| Ok(swc.tree_of_soma()),
            "points of type 1, the soma, are in 2 trees, with roots in lines 1, 3: choose a tree by \
             tree_of(id)",
        ),
    ];
    for (text, option, message) in expected {
        let cell = Swc::new(text).and_then(option).and_then(|swc| swc.cell(1));
        assert_eq!(cell.unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn a_file_is_read_whatever_its_comments_are_encoded_in() {
    let path = std::env::temp_dir().join(format!("latin-1-{}.swc", std::process::id()));
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Swc::read(&path).map(|swc| swc.cell(1).unwrap().get("length").unwrap())
    };
    let cell = read(b"# \xb5m, M\xfcller\r\n1.0\t1 0 0 0 8.0 -1.0 # \xb5\r\n\r\n");
    assert_eq!(cell.unwrap(), [16.0]);
    let error = read(b"1 1 \xb5 0 0 8 -1").unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    let text = format!("{}: line 1: the x is '\u{fffd}': give a finite number", path.display());
    assert_eq!(error, text);
}

#[test]
fn a_radius_of_0_is_an_error_where_current_would_pass() -> Result<(), CableError> {
    let swc = |at: usize| {
        let radius = |n| if n == at { "0" } else { "0.5" };
        let lines = (2..6).map(|n| format!("{n} 3 {n} 0 0 {} {}\n", radius(n), n - 1));
        format!("1 3 1 0 0 {} -1\n", radius(1)) + &lines.collect::<Vec<_>>().concat()
    };
    for tip in [1, 5] {
        let mut cell = Cell::from_swc(&swc(tip), 2)?;
        cell.set("v", [-60.0, -70.0])?.stimulate(vec![0.1; 4])?.record("v")?;
        cell.make_trainable("axial_resistivity")?;
        let run = |cell: &Cell| {
            let cable = cell.build(0.025)?;
            let run = build_init_and_step_fn(&cable, Solver::BwdEuler);
            // A gradient by something that the axial conductances follow from, too.
            let (loss, gradient) = run.value_and_grad(&cell.get_parameters(), |_, v| v[0])?;
            assert!(loss.is_finite() && gradient[0]["axial_resistivity"][0].abs() > 0.0);
            Ok::<_, CableError>((run.integrate(&cell.get_parameters(), &vec![])?, gradient))
        };
        let pointed = run(&cell)?;
        assert!(pointed.0.iter().all(|v| v.is_finite()));
        let key = if tip == 1 { "resistive_load_in" } else { "resistive_load_out" };
        assert_eq!(cell.get(key)?[tip / 5], f64::INFINITY);
        cell.comp(tip / 5)?.set(key, 1.0)?; // nothing depends on it
        assert_eq!(run(&cell)?, pointed);
    }
    let text = Cell::from_swc(&swc(3), 2)?.build(0.025).unwrap_err().to_string();
    assert_eq!(
        text,
        "the axial conductance of edge 0 (0 -> 1) is 0, as a resistive load there is infinite: where a \
         point of an SWC file has a radius of 0, give the smallest one by min_radius(..)"
    );
    Swc::new(&swc(3))?.min_radius(0.1)?.cell(2)?.build(0.025)?;
    Ok(())
}

#[test]
fn a_line_that_is_there_twice_is_one_line() {
    // Jaxley reads 20 um, and leaves out point 2 where it is its own parent.
    let joined = |text: &str| Swc::new(text).unwrap().join_duplicates().cell(1);
    let twice = "1 3 0 0 0 1 -1\n2 3 9 0 0 1 1\n2 3 9 0 0 1 1\n3 3 20 0 0 1 2\n3 3 20 0 0 1 2";
    assert_eq!(joined(twice).unwrap().get("length").unwrap(), [20.0]);
    let circle = "1 3 0 0 0 1 -1\n2 3 9 0 0 1 1\n2 3 9 0 0 1 2";
    assert_eq!(
        joined(circle).unwrap_err().to_string(),
        "line 3: point 2 is its own parent: give another one; if the point is the root, give -1 or call \
         root_parent(2)"
    );
}

#[test]
fn a_file_that_is_not_text_with_blanks_is_an_error_that_says_so() {
    let path = std::env::temp_dir().join(format!("not-swc-{}.swc", std::process::id()));
    let columns = "line 1 has 1 column: give 7, separated by blanks, which are id, type, x, y, z, radius \
                   and parent";
    let zeros = "the text has zero bytes, as a binary or compressed file or one in UTF-16: give plain \
                 text, in UTF-8";
    let utf_16: Vec<u8> = "1 1 0 0 0 8 -1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let expected: [(&[u8], &str); 6] = [
        (b"1,1,0,0,0,8,-1\n2,3,9,0,0,1,1", columns),
        (b"1;1;0;0;0;8;-1\n", columns),
        (b"id,type,x,y,z,radius,parent", columns), // one line that begins with no number
        (b"cell.swc", columns),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", zeros),
        (&utf_16, zeros),
    ];
    for (bytes, message) in expected {
        std::fs::write(&path, bytes).unwrap();
        let error = Swc::read(&path).unwrap_err().to_string();
        assert_eq!(error, format!("{}: {message}", path.display()));
    }
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_root_may_be_its_own_parent() {
    let read = |text: &str| Swc::new(text).unwrap().root_parent(0).cell(1);
    let marked = read("0 3 0 0 0 1 0\n1 3 9 0 0 1 0\n2 3 20 0 0 1 1").unwrap();
    let usual = Cell::from_swc("0 3 0 0 0 1 -1\n1 3 9 0 0 1 0\n2 3 20 0 0 1 1", 1).unwrap();
    assert_eq!(marked.get("length").unwrap(), usual.get("length").unwrap());
    assert_eq!(usual.get("length").unwrap(), [20.0]);
    // Without a point 0, each point of the parent 0 is a root.
    assert_eq!(
        read("1 3 0 0 0 1 0\n2 3 9 0 0 1 0").unwrap_err().to_string(),
        "there are 2 trees, with roots in lines 1, 2: give all but one root a parent, or choose a tree by \
         tree_of(id) or tree_of_soma()"
    );
}

#[test]
fn the_error_of_a_point_says_whether_points_were_read() {
    let branch = Branch::new(&Compartment::new(), 1).unwrap();
    let cells = [Cell::from_swc("1 1 0 0 0 8 -1", 1), Cell::new(&branch, &[-1])];
    let expected = [
        "cell has no point 7: use the id of one that was read",
        "cell has no point 7: it was not read from an SWC file, so use branch(..) and comp(..)",
    ];
    for (cell, message) in cells.into_iter().zip(expected) {
        assert_eq!(cell.unwrap().view().point(7).unwrap_err().to_string(), message);
    }
}
