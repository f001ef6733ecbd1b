"""Above the transforms: numerical derivatives, and checks of everybody's derivatives against them."""
